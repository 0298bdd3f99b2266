import { ticketCloudEventSchema } from '@ringback/domain/ticket';
import { describe, expect, it } from 'vitest';
import type { RecordedEvent } from '../port.ts';
import { decodeMessage, encodeMessage, ForeignMessage } from './message.ts';

const event: RecordedEvent = {
  position: 4_711,
  category: 'ticket',
  streamId: '018f2b7c-5a3e-7c10-9d2a-1f0e6b9c4d21',
  version: 3,
  id: '3f0d7a52-8f5e-4c0e-9a64-0b6de9f3c1aa',
  type: 'SlaBreached',
  v: 1,
  data: {
    objective: 'response',
    occurrence: 1,
    dueAt: '2026-03-02T09:00:00.000Z',
    breachedAt: '2026-03-02T09:00:00.000Z',
  },
  metadata: {
    actor: 'service:sla-timer',
    requestId: 'request-1',
    causationId: '9d8b3f0e-52a1-4f56-8d7b-6f0f0a7c2b10',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  },
  occurredAt: '2026-03-02T09:00:00.000Z',
  recordedAt: '2026-03-02T09:00:00.004Z',
};
const facts = {
  reference: 'RB-1',
  subject: 'No dial tone',
  customerId: 'acme',
  priority: 'urgent',
  plan: 'set-rate-contract/set-rate',
};
const received = (message: { key: string; value: string }) => ({
  key: Buffer.from(message.key),
  value: Buffer.from(message.value),
});

describe('a message', () => {
  it('is these bytes: what reads them is not ours to change', () => {
    expect(encodeMessage(event, facts)).toEqual({
      key: '018f2b7c-5a3e-7c10-9d2a-1f0e6b9c4d21',
      value:
        '{"specversion":"1.0","id":"3f0d7a52-8f5e-4c0e-9a64-0b6de9f3c1aa","source":"/ringback/tickets",' +
        '"type":"SlaBreached","subject":"018f2b7c-5a3e-7c10-9d2a-1f0e6b9c4d21","time":"2026-03-02T09:00:00.000Z",' +
        '"datacontenttype":"application/json","ringbackposition":4711,"ringbackversion":3,"v":1,' +
        '"data":{"objective":"response","occurrence":1,"dueAt":"2026-03-02T09:00:00.000Z",' +
        '"breachedAt":"2026-03-02T09:00:00.000Z","ticket":{"id":"018f2b7c-5a3e-7c10-9d2a-1f0e6b9c4d21",' +
        '"reference":"RB-1","subject":"No dial tone","customerId":"acme","priority":"urgent",' +
        '"plan":"set-rate-contract/set-rate"},"recordedAt":"2026-03-02T09:00:00.004Z"},' +
        '"ringbackrecordedat":"2026-03-02T09:00:00.004Z","ringbackactor":"service:sla-timer",' +
        '"ringbackrequestid":"request-1","ringbackcausationid":"9d8b3f0e-52a1-4f56-8d7b-6f0f0a7c2b10",' +
        '"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}',
      headers: {
        'content-type': 'application/cloudevents+json; charset=UTF-8',
        ce_specversion: '1.0',
        ce_id: '3f0d7a52-8f5e-4c0e-9a64-0b6de9f3c1aa',
        ce_source: '/ringback/tickets',
        ce_type: 'SlaBreached',
        ce_subject: '018f2b7c-5a3e-7c10-9d2a-1f0e6b9c4d21',
        ce_time: '2026-03-02T09:00:00.000Z',
        ce_ringbackversion: '3',
        ce_ringbackposition: '4711',
        ce_v: '1',
        traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      },
      timestamp: '1772442000004',
    });
  });

  it('is the event that is described to consumers', () => {
    const { value } = encodeMessage(event, facts);
    expect(ticketCloudEventSchema('SlaBreached').parse(JSON.parse(value))).toEqual(JSON.parse(value));
  });

  it('holds all that the event is made from again', () => {
    const aggregate: RecordedEvent = {
      ...event,
      category: 'administration',
      streamId: 'customer:acme',
      type: 'CustomerDefined',
      data: { name: 'Acme', ticket: 'its own', recordedAt: 'its own' },
      metadata: { actor: 'api-key:1' },
    };
    const unknown = { ...event, type: 'FromANewerRelease', v: 9, data: { anything: ['at', 'all'] } };
    for (const each of [event, aggregate, unknown])
      expect(decodeMessage(received(encodeMessage(each, facts)))).toEqual(each);
  });

  const { key, value } = encodeMessage(event, facts);
  const changed = (change: object) => JSON.stringify({ ...JSON.parse(value), ...change });
  it.each([
    ['without a value', { key: Buffer.from(key), value: null }, 'no value'],
    ['that is not JSON', received({ key, value: 'hello' }), 'not JSON'],
    ['that is not an object', received({ key, value: '[]' }), 'not a CloudEvent'],
    ['of another source', received({ key, value: changed({ source: '/elsewhere' }) }), 'source'],
    ['without a position', received({ key, value: changed({ ringbackposition: 0 }) }), 'ringbackposition'],
    [
      'whose version is not an integer',
      received({ key, value: changed({ ringbackversion: '3' }) }),
      'ringbackversion',
    ],
    ['whose instant is none', received({ key, value: changed({ time: 'yesterday' }) }), 'time'],
    ['with the key of another', received({ key: 'other', value }), 'key'],
    ['without a key', { key: null, value: Buffer.from(value) }, 'key'],
  ])('%s is foreign, and it is said why', (_name, message, why) => {
    expect(() => decodeMessage(message)).toThrow(ForeignMessage);
    expect(() => decodeMessage(message)).toThrow(why);
  });
});
