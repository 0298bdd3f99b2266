import {
  type AdministrationEventType,
  administrationCloudEventSchema,
  administrationEventSchemas,
  CalendarException,
  Contact,
} from '@ringback/domain/administration';
import {
  Caller,
  CallReference,
  Channel,
  Coverage,
  HoldReason,
  Instant,
  Metric,
  PlanReference,
  TicketFacts,
  ticketCloudEventSchema,
  ticketEventTypes,
} from '@ringback/domain/ticket';
import * as z from 'zod';
import { type JsonSchema, schemaReference } from './json-schema.ts';

export const administrationEventTypes = Object.keys(administrationEventSchemas) as AdministrationEventType[];

/** What a subscription’s test sends: an event of no ticket. */
const TestEvent = z.strictObject({
  specversion: z.literal('1.0'),
  id: z.uuid(),
  source: z.literal('/ringback'),
  type: z.literal('ringback.test'),
  time: Instant,
  datacontenttype: z.literal('application/json'),
  data: z.strictObject({}),
});

const shared = {
  Caller,
  CallReference,
  CalendarException,
  Channel,
  Contact,
  Coverage,
  HoldReason,
  Instant,
  Metric,
  PlanReference,
  TicketFacts,
};

/** Every event as JSON Schema, under its type; what several have in common under its own name. */
export function eventSchemas(): { [name: string]: JsonSchema } {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(shared)) registry.add(schema, { id });
  for (const id of ticketEventTypes) registry.add(ticketCloudEventSchema(id), { id });
  for (const id of administrationEventTypes) registry.add(administrationCloudEventSchema(id), { id });
  registry.add(TestEvent, { id: 'ringback.test' });
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-7',
    uri: (id) => schemaReference(id).$ref,
    override: ({ jsonSchema }) => {
      // OpenAPI's keyword; JSON Schema has a list.
      if ('example' in jsonSchema) jsonSchema.examples = [jsonSchema.example];
      delete jsonSchema.example;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $id, $schema, ...schema }]) => [name, schema as JsonSchema]),
  );
}
