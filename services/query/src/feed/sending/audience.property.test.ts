import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RecordedEvent } from '@ringback/event-log';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createTurns } from '../../turns.ts';
import { createFeedEntry } from '../feed-entry.ts';
import { type FeedFilter, isWanted } from '../feed-filter.ts';
import { createAudience } from './audience.ts';
import { createListener, type Listener } from './listener.ts';

const facts = { reference: 'RB-1', subject: '', customerId: null, priority: 'normal', plan: null };
const tickets = ['a', 'b', 'c'];
const customers = ['bakery', 'dentist'];
const types = ['TicketOpened', 'NoteAdded', 'SlaBreached'];

function entryAt(position: number, ticket: string, type: string, owner: string | null) {
  const event = { position, streamId: ticket, type, version: 1, v: 1, data: {} };
  return createFeedEntry(event as unknown as RecordedEvent, facts, owner, false);
}

/** A listener and the ids that are written to it. */
function listenerAt(position: number, filter: FeedFilter): { listener: Listener; ids: number[] } {
  const ids: number[] = [];
  const write = (text: Buffer) => {
    ids.push(...[...text.toString().matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id)));
    return true;
  };
  const socket = { write, writableLength: 0 } as unknown as Socket;
  const raw = {} as ServerResponse;
  return {
    listener: createListener({ raw, socket, filter, keyId: 'key', position, clock: { tick: 0 } }),
    ids,
  };
}

const all: FeedFilter = { customerId: null, ticketId: null, types: null };
const audienceOf = (turns = createTurns(1_000)) =>
  createAudience({ turns, maximumWaiting: 1_000, onSlow: () => {} });

const Filter = fc.record({
  customerId: fc.constantFrom(null, ...customers),
  ticketId: fc.constantFrom(null, ...tickets),
  types: fc.option(fc.uniqueArray(fc.constantFrom(...types)).map((some) => new Set(some))),
});
const Entry = fc.tuple(
  fc.constantFrom(...tickets),
  fc.constantFrom(...types),
  fc.constantFrom(null, ...customers),
);

it('each listener gets exactly the entries that its filter passes, in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(Filter, { minLength: 1, maxLength: 20 }),
      fc.array(fc.array(Entry, { maxLength: 8 }), { maxLength: 5 }),
      async (filters, deliveries) => {
        const audience = audienceOf();
        const listening = filters.map((filter) => ({ ...listenerAt(0, filter), filter }));
        for (const { listener } of listening) audience.join(listener);
        const gone = listening.splice(0, Math.floor(listening.length / 4));
        for (const { listener } of gone) audience.leave(listener);
        expect(audience.size()).toBe(listening.length);
        let position = 0;
        const delivered = deliveries.map((some) =>
          some.map(([ticket, type, owner]) => {
            position += 1;
            return entryAt(position, ticket, type, owner);
          }),
        );
        for (const entries of delivered) await audience.deliver(entries);
        for (const { ids, filter } of listening) {
          const wanted = delivered.flat().filter((entry) => isWanted(filter, entry));
          expect(ids).toEqual(wanted.map(({ event }) => event.position));
        }
        expect(gone.flatMap(({ ids }) => ids)).toEqual([]);
      },
    ),
  );
});

it('a listener that joins during a delivery gets nothing that it already has', async () => {
  const first = listenerAt(0, all);
  const late = listenerAt(2, all);
  const audience = audienceOf({
    isOver: () => true,
    next: async () => {
      if (!late.listener.isLive) audience.join(late.listener);
    },
  });
  audience.join(first.listener);
  await audience.deliver([entryAt(1, 'a', 'NoteAdded', null), entryAt(2, 'a', 'NoteAdded', null)]);
  await audience.deliver([entryAt(3, 'a', 'NoteAdded', null)]);
  expect(first.ids).toEqual([1, 2, 3]);
  expect(late.ids).toEqual([3]);
});
