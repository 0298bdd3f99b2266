import { type CloudEventTicket, type TicketEvent, toCloudEvent } from '@ringback/domain/ticket';
import * as z from 'zod';
import { categories, categoryNames } from '../categories.ts';
import type { JsonObject, Metadata, RecordedEvent } from '../port.ts';

/** A message as it is sent; the broker gives it a partition by its key, and an offset. */
export interface EncodedMessage {
  /** The stream's id: a ticket's, or an aggregate's of the administration. */
  key: string;
  value: string;
  headers: { [name: string]: string };
  /** When the event was recorded, epoch milliseconds: it never runs backwards along the log. */
  timestamp: string;
}

/** A message that holds no event of this log. The message says why. */
export class ForeignMessage extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'ForeignMessage';
  }
}

const contentType = 'application/cloudevents+json; charset=UTF-8';
const categoryOfSource = new Map(categoryNames.map((name) => [categories[name].source, name]));
const unknownTicket: CloudEventTicket = {
  reference: '',
  subject: '',
  customerId: null,
  priority: '',
  plan: null,
};

/**
 * An event as it is stored, as CloudEvents 1.0 in the structured mode of its Kafka binding: the value is the CloudEvent
 * of every other wire and, as extension attributes, what the event is made from again (`decodeMessage`). The headers
 * repeat the attributes as the binary mode has them, for who routes without reading values.
 */
export function encodeMessage(event: RecordedEvent, ticket: CloudEventTicket | null): EncodedMessage {
  const cloudEvent = {
    ...envelope(event, ticket ?? unknownTicket),
    ringbackrecordedat: event.recordedAt,
    ringbackactor: event.metadata.actor,
    ...optional('ringbackrequestid', event.metadata.requestId),
    ...optional('ringbackcausationid', event.metadata.causationId),
    ...optional('traceparent', event.metadata.traceparent),
  };
  return {
    key: event.streamId,
    value: JSON.stringify(cloudEvent),
    headers: {
      'content-type': contentType,
      ce_specversion: '1.0',
      ce_id: event.id,
      ce_source: categories[event.category].source,
      ce_type: event.type,
      ce_subject: event.streamId,
      ce_time: event.occurredAt,
      ce_ringbackversion: String(event.version),
      ce_ringbackposition: String(event.position),
      ce_v: String(event.v),
      ...optional('traceparent', event.metadata.traceparent),
    },
    timestamp: String(Date.parse(event.recordedAt)),
  };
}

function envelope(event: RecordedEvent, ticket: CloudEventTicket): object {
  const { streamId, ...rest } = event;
  // Of a newer release's types too: nothing of the data is looked at.
  if (categories[event.category].carriesTicketFacts)
    return toCloudEvent({ ...rest, ticketId: streamId } as unknown as TicketEvent, ticket);
  return {
    specversion: '1.0',
    id: event.id,
    source: categories[event.category].source,
    type: event.type,
    subject: streamId,
    time: event.occurredAt,
    datacontenttype: 'application/json',
    ringbackposition: event.position,
    ringbackversion: event.version,
    v: event.v,
    data: event.data,
  };
}

const optional = (name: string, value: string | undefined) => (value === undefined ? {} : { [name]: value });

const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
const Position = z.int().positive();
const Instant = z.iso.datetime({ precision: 3 });
const CloudEvent = z.object({
  specversion: z.literal('1.0'),
  id: z.guid(),
  source: z.enum([...categoryOfSource.keys()]),
  type: z.string().min(1),
  subject: z.string().min(1),
  time: Instant,
  ringbackposition: Position,
  ringbackversion: Position.max(2_147_483_647),
  v: Position.max(32_767),
  ringbackrecordedat: Instant,
  ringbackactor: z.string(),
  ringbackrequestid: z.string().optional(),
  ringbackcausationid: z.string().optional(),
  traceparent: z.string().optional(),
  // Not looked into: it was checked before it was appended.
  data: z.custom<JsonObject>(isObject, 'is not an object'),
});

/** The event in a message, as it is stored (not upcast). Throws `ForeignMessage` for whatever else is in the topic. */
export function decodeMessage(message: { key: Buffer | null; value: Buffer | null }): RecordedEvent {
  if (message.value === null) throw new ForeignMessage('it has no value');
  const event = parse(message.value.toString());
  if (message.key?.toString() !== event.subject) throw new ForeignMessage('its key is not its subject');
  const category = categoryOfSource.get(event.source);
  if (category === undefined) throw new ForeignMessage(`its source ${event.source} is none of the log's`);
  return {
    position: event.ringbackposition,
    category,
    streamId: event.subject,
    version: event.ringbackversion,
    id: event.id,
    type: event.type,
    v: event.v,
    data: categories[category].carriesTicketFacts ? withoutFacts(event.data) : event.data,
    metadata: metadataOf(event),
    occurredAt: event.time,
    recordedAt: event.ringbackrecordedat,
  };
}

function parse(text: string): z.infer<typeof CloudEvent> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ForeignMessage('its value is not JSON');
  }
  const parsed = CloudEvent.safeParse(json);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
  throw new ForeignMessage(`it is not a CloudEvent of the log: ${faults.join('; ')}`);
}

/** `toCloudEvent` adds them for readers of a single event. */
function withoutFacts({ ticket: _ticket, recordedAt: _recordedAt, ...data }: JsonObject): JsonObject {
  return data;
}

function metadataOf(event: z.infer<typeof CloudEvent>): Metadata {
  const { ringbackactor: actor, ringbackrequestid, ringbackcausationid, traceparent } = event;
  return {
    actor,
    ...(ringbackrequestid === undefined ? {} : { requestId: ringbackrequestid }),
    ...(ringbackcausationid === undefined ? {} : { causationId: ringbackcausationid }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
