import { type AdministrationEventType, administrationEventSchemas } from '@ringback/domain/administration';
import {
  type TicketEventType,
  ticketEventSchemas,
  ticketEventTypes,
  toCloudEvent,
} from '@ringback/domain/ticket';
import { administrationExamples } from './administration-examples.ts';
import { type JsonSchema, schemaReference } from './json-schema.ts';
import { ticketExamples } from './ticket-examples.ts';
import type { ExampleEvent, Wire } from './wires.ts';

export interface Message {
  name: string;
  title: string;
  summary: string;
  contentType: string;
  headers: object;
  payload: JsonSchema;
  bindings: object;
  examples: { name: string; headers: object; payload: ExampleEvent }[];
}

const id = '5d3f2a8e-7c41-4c0b-8a6e-3b9f1e2d4c5a';
const ticketId = 'c0a8b1de-4d2f-4e6a-9b1c-7f5e3d2a1b0c';
const occurredAt = '2026-03-02T13:00:00.000Z';
const recordedAt = '2026-03-02T13:00:00.004Z';
const facts = {
  reference: ticketExamples.TicketOpened.example.reference,
  subject: ticketExamples.TicketOpened.example.subject,
  customerId: 'corner-bakery',
  priority: 'urgent',
  plan: 'set-rate-contract/set-rate',
};

function ticketExample(type: TicketEventType): ExampleEvent {
  const { v } = ticketEventSchemas[type];
  const order = ticketEventTypes.indexOf(type) + 1;
  const event = { id, ticketId, type, v, version: order, position: 4_700 + order, occurredAt, recordedAt };
  const data = ticketExamples[type].example;
  return toCloudEvent({ ...event, data } as Parameters<typeof toCloudEvent>[0], facts);
}

function administrationExample(type: AdministrationEventType): ExampleEvent {
  return {
    specversion: '1.0',
    id,
    source: '/ringback/administration',
    type,
    subject: `${administrationEventSchemas[type].kind}:corner-bakery`,
    time: occurredAt,
    datacontenttype: 'application/json',
    ringbackposition: 17,
    ringbackversion: 1,
    data: administrationExamples[type].example,
  };
}

export const ticketMessage = (type: TicketEventType, wire: Wire): Message =>
  message(ticketExample(type), ticketExamples[type].summary, ticketEventSchemas[type].v, wire);

export const administrationMessage = (type: AdministrationEventType, wire: Wire): Message =>
  message(
    administrationExample(type),
    administrationExamples[type].summary,
    administrationEventSchemas[type].v,
    wire,
  );

/** What a subscription’s test sends. */
export const testMessage = (wire: Wire): Message =>
  message(
    {
      specversion: '1.0',
      id,
      source: '/ringback',
      type: 'ringback.test',
      time: occurredAt,
      datacontenttype: 'application/json',
      data: {},
    },
    'A trial: `POST /v1/subscriptions/{id}/test`.',
    1,
    wire,
  );

function message(event: ExampleEvent, summary: string, v: number, wire: Wire): Message {
  const { contentType, headers, bindings, requiredAttributes } = wire;
  const reference = schemaReference(event.type);
  const attributes = { v, ringbackrecordedat: recordedAt, ringbackactor: 'service:sla-timer' };
  const required = Object.fromEntries(requiredAttributes.map((name) => [name, attributes[name]]));
  return {
    name: event.type,
    title: event.type,
    summary,
    contentType,
    headers,
    payload:
      requiredAttributes.length === 0
        ? { ...reference }
        : { allOf: [reference, { required: requiredAttributes }] },
    bindings,
    examples: [
      { name: 'example', headers: wire.exampleHeaders(event, v), payload: { ...event, ...required } },
    ],
  };
}
