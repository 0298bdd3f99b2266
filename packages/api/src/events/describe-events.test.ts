import { Parser } from '@asyncapi/parser';
import { administrationEventSchemas } from '@ringback/domain/administration';
import { ticketEventSchemas } from '@ringback/domain/ticket';
import { createMessageCheck } from '@ringback/test-kit';
import { describe, expect, it } from 'vitest';
import type { DescribedChannel } from './channels.ts';
import { describeEvents } from './describe-events.ts';
import type { Message } from './messages.ts';

const description = describeEvents({ version: '1.2.3', url: 'https://ringback.example/desk' });
const channels: { [id: string]: DescribedChannel } = description.channels;
const messageOf = (id: string, type: string) => channels[id]?.messages[type] as Message;
const text = JSON.stringify(description);

describe('the description of the events', () => {
  it('is AsyncAPI, by its own parser', async () => {
    const { document, diagnostics } = await new Parser().parse(text);
    // The parser wants the newest version; every tool reads 3.0.
    const faults = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    expect(faults.map(({ code, path, message }) => `${code} ${path.join('.')}: ${message}`)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(document?.info().version()).toBe('1.2.3');
    expect(
      document
        ?.operations()
        .all()
        .map((operation) => operation.action()),
    ).toEqual(['send', 'send', 'send', 'send', 'send']);
    const reached = document
      ?.channels()
      .all()
      .map((channel) => channel.servers().all()[0]?.host());
    expect(reached).toEqual(['{brokers}', '{brokers}', '{brokers}', 'ringback.example', '{host}']);
  });

  it('has a message for each event of the log, and no other', () => {
    const types = (id: string) => Object.keys(channels[id]?.messages ?? {});
    const ofTickets = Object.keys(ticketEventSchemas);
    expect(types('ticketEvents')).toEqual(ofTickets);
    expect(types('feed')).toEqual(ofTickets);
    expect(types('webhooks')).toEqual([...ofTickets, 'ringback.test']);
    expect(types('administrationEvents')).toEqual(Object.keys(administrationEventSchemas));
    expect(types('breaches')).toEqual(['SlaTargetMissed', 'SlaBreached', 'SlaBreachRetracted']);
    const all = [...ofTickets, ...types('administrationEvents'), 'ringback.test'];
    expect(Object.keys(description.components.schemas)).toEqual(expect.arrayContaining(all));
  });

  it('gives an example of each message that its own schemas take', () => {
    const check = createMessageCheck(description);
    for (const [id, { messages }] of Object.entries(channels)) {
      for (const [type, { examples }] of Object.entries(messages)) {
        expect(examples.length, `${id} ${type}`).toBeGreaterThan(0);
        for (const { payload, headers } of examples)
          expect(check(id, { type, payload, headers }), `${id} ${type}`).toEqual([]);
      }
    }
  });

  it('takes no message that lacks what is promised, or holds what is not', () => {
    const check = createMessageCheck(description);
    const { payload, headers } = messageOf('breaches', 'SlaBreached')
      .examples[0] as Message['examples'][number];
    const faults = (other: object, otherHeaders = headers) =>
      check('breaches', { type: 'SlaBreached', payload: other, headers: otherHeaders });
    expect(faults(payload)).toEqual([]);
    expect(faults({ ...payload, v: undefined }).join()).toContain('"v"');
    expect(faults({ ...payload, ringbackactor: undefined }).join()).toContain('"ringbackactor"');
    expect(faults({ ...payload, v: 2 }).join()).toContain('payload/v');
    expect(faults({ ...payload, time: 'yesterday' }).join()).toContain('payload/time');
    expect(faults({ ...payload, surprise: 1 }).join()).toContain('surprise');
    expect(faults({ ...payload, data: { ...payload.data, dueAt: null } }).join()).toContain(
      'payload/data/dueAt',
    );
    expect(faults(payload, { ...headers, ce_id: undefined }).join()).toContain('ce_id');
  });

  it('refers only to what is there', () => {
    for (const [, reference] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const target = (reference as string)
        .split('/')
        .reduce<unknown>(
          (value, key) => (value as { [key: string]: unknown } | undefined)?.[key],
          description,
        );
      expect(target, reference).toBeDefined();
    }
  });
});
