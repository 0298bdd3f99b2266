import * as z from 'zod';
import { Instant } from '../vocabulary.ts';
import { type TicketEventType, ticketEventSchemas } from './events.ts';

/** The facts of a ticket that accompany each of its events: the ticket as it stood right after the event. */
export const TicketFacts = z.strictObject({
  id: z.uuid(),
  reference: z.string().meta({ description: 'What people call it.', examples: ['RB-2447-0945'] }),
  subject: z.string(),
  customerId: z.string().nullable(),
  priority: z.string(),
  plan: z.string().nullable().meta({ description: '`catalog/plan`.' }),
});

/** The attributes of CloudEvents 1.0 that every event of the log carries, and ours alongside them. */
export const cloudEventAttributes = {
  specversion: z.literal('1.0'),
  id: z.uuid().meta({ description: 'Of the event: the same on every wire and at every repeat.' }),
  time: Instant,
  datacontenttype: z.literal('application/json'),
  ringbackposition: z.int().positive().meta({ description: 'In the log: dense, in the order of recording.' }),
  ringbackversion: z.int().positive().meta({ description: 'Of the stream: 1, 2, 3 … without gaps.' }),
  ringbackrecordedat: Instant.optional(),
  ringbackactor: z
    .string()
    .optional()
    .meta({
      description: 'On Kafka: who caused it.',
      examples: ['api-key:portal', 'integration:main-pbx', 'service:sla-timer'],
    }),
  ringbackrequestid: z.string().optional().meta({ description: 'On Kafka: the request that caused it.' }),
  ringbackcausationid: z.string().optional().meta({ description: 'On Kafka: the event that led to it.' }),
  traceparent: z.string().optional().meta({ description: 'On Kafka: the trace that it belongs to (W3C).' }),
};

/** The schema version of `data`: always there on Kafka. */
export const dataVersion = (v: number) => z.literal(v).optional();

/** Fields that may be null for a customer only: see `dataVisibility`. All other hidden fields may be null for anybody. */
const hideable = {
  customerId: z
    .string()
    .nullable()
    .meta({ description: 'Null for a customer’s own key or subscription, where it was another customer.' }),
};

/** An event of this type as `toCloudEvent` wraps it, for whomever. */
export function ticketCloudEventSchema(type: TicketEventType): z.ZodObject {
  const { v, data: recorded } = ticketEventSchemas[type];
  const data = type === 'CustomerIdentified' ? (recorded as z.ZodObject).extend(hideable) : recorded;
  return z.strictObject({
    ...cloudEventAttributes,
    source: z.literal('/ringback/tickets'),
    type: z.literal(type),
    subject: z.uuid().meta({ description: 'The ticket’s id.' }),
    v: dataVersion(v),
    data: (data as z.ZodObject).extend({ ticket: TicketFacts, recordedAt: Instant }),
  });
}
