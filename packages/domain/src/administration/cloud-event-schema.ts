import * as z from 'zod';
import { cloudEventAttributes, dataVersion } from '../ticket/events/cloud-event-schema.ts';
import { type AdministrationEventType, administrationEventSchemas } from './events.ts';

/** An event of this type as CloudEvents 1.0: its subject is the aggregate's stream, `<kind>:<id>`. */
export function administrationCloudEventSchema(type: AdministrationEventType): z.ZodObject {
  const { v, kind, data } = administrationEventSchemas[type];
  return z.strictObject({
    ...cloudEventAttributes,
    source: z.literal('/ringback/administration'),
    type: z.literal(type),
    subject: z
      .string()
      .startsWith(`${kind}:`)
      .meta({ description: `\`${kind}:<id>\`` }),
    v: dataVersion(v),
    data,
  });
}
