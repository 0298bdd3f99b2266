import type { JsonSchema } from './json-schema.ts';

/** How an event travels: the headers that stand alongside it, and an example of them. */
export interface Wire {
  contentType: string;
  headers: JsonSchema;
  bindings: object;
  /** Attributes that every event of the log has here and need not have elsewhere. */
  requiredAttributes: readonly ('v' | 'ringbackrecordedat' | 'ringbackactor')[];
  exampleHeaders(event: ExampleEvent, v: number): { [name: string]: string };
}

export interface ExampleEvent {
  specversion: string;
  id: string;
  source: string;
  type: string;
  subject?: string;
  time: string;
  datacontenttype: string;
  ringbackposition?: number;
  ringbackversion?: number;
  data: object;
}

const text = (description: string, more: JsonSchema = {}): JsonSchema => ({
  type: 'string',
  description,
  ...more,
});
const wholeNumber = { pattern: '^[0-9]+$' };
const structured = 'application/cloudevents+json; charset=UTF-8';

/** CloudEvents’ structured mode, with the headers of its binary mode beside, so that no one has to parse to filter. */
export function kafkaWire(key: JsonSchema): Wire {
  return {
    contentType: structured,
    headers: {
      type: 'object',
      required: [
        'content-type',
        'ce_specversion',
        'ce_id',
        'ce_type',
        'ce_source',
        'ce_subject',
        'ce_time',
        'ce_v',
        'ce_ringbackversion',
        'ce_ringbackposition',
      ],
      properties: {
        'content-type': text('The value is a whole CloudEvent.', { const: structured }),
        ce_specversion: text('As `specversion`.', { const: '1.0' }),
        ce_id: text('As `id`.'),
        ce_type: text('As `type`.'),
        ce_source: text('As `source`.'),
        ce_subject: text('As `subject`.'),
        ce_time: text('As `time`.', { format: 'date-time' }),
        ce_v: text('As `v`.', wholeNumber),
        ce_ringbackversion: text('As `ringbackversion`.', wholeNumber),
        ce_ringbackposition: text('As `ringbackposition`.', wholeNumber),
        traceparent: text('The trace of the request that caused it (W3C), where it had one.'),
      },
    },
    bindings: { kafka: { key, bindingVersion: '0.5.0' } },
    requiredAttributes: ['v', 'ringbackrecordedat', 'ringbackactor'],
    exampleHeaders: (event, v) => ({
      'content-type': structured,
      ce_specversion: event.specversion,
      ce_id: event.id,
      ce_type: event.type,
      ce_source: event.source,
      ce_subject: String(event.subject),
      ce_time: event.time,
      ce_v: String(v),
      ce_ringbackversion: String(event.ringbackversion),
      ce_ringbackposition: String(event.ringbackposition),
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    }),
  };
}

/** A server-sent event: its `data` is the CloudEvent, its other fields are told as headers. */
export const feedWire: Wire = {
  contentType: 'application/cloudevents+json',
  headers: {
    type: 'object',
    description: 'The fields of the server-sent event alongside `data`.',
    required: ['id', 'event'],
    properties: {
      id: text('As `ringbackposition`; give it back as `Last-Event-ID`.', wholeNumber),
      event: text('As `type`.'),
    },
  },
  bindings: { http: { statusCode: 200, bindingVersion: '0.3.0' } },
  requiredAttributes: [],
  exampleHeaders: ({ ringbackposition, type }) => ({ id: String(ringbackposition), event: type }),
};

const webhookContentType = 'application/cloudevents+json; charset=utf-8';
const webhookHeaders: JsonSchema = {
  type: 'object',
  required: ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'],
  properties: {
    'content-type': text('The body is a whole CloudEvent.', { const: webhookContentType }),
    'webhook-id': text('Of the notification: the same at every try.'),
    'webhook-timestamp': text('Of this try, in seconds since 1970.', wholeNumber),
    'webhook-signature': text('`v1,` and HMAC-SHA256 in base64 of id, timestamp and body, joined by dots.', {
      pattern: '^v1,[A-Za-z0-9+/]{43}=$',
    }),
  },
};

/** A POST as Standard Webhooks has it. */
export const webhookWire: Wire = {
  contentType: webhookContentType,
  headers: webhookHeaders,
  bindings: { http: { headers: webhookHeaders, bindingVersion: '0.3.0' } },
  requiredAttributes: [],
  exampleHeaders: ({ time }) => ({
    'content-type': webhookContentType,
    'webhook-id': '6f9f3c52-8d0b-4f2e-9b57-1f7a0c0c0f6e',
    'webhook-timestamp': String(Math.floor(Date.parse(time) / 1_000)),
    'webhook-signature': 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
  }),
};
