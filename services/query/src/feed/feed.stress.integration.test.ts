import { newTicketEvent } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFeed } from '../testing/feed-client.ts';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

/** Everything is small, so that every seam is crossed all the time: memory, pages, slices, heartbeats. */
const smallest = {
  recent: { events: 150, bytes: 1_000_000 },
  pages: { size: 40, bytes: 2_000_000 },
  maximumWaiting: 20_000,
  heartbeatMilliseconds: 60,
  sliceMilliseconds: 0,
};
const writers = 32;
const appendsOfEach = 40;
const readers = 48;

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery({}, smallest);
});
afterAll(() => server?.stop());

/** A generator of numbers in [0, 1) that gives the same for the same seed (mulberry32). */
function createRandom(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Stored {
  position: number;
  type: string;
  ticket: string;
  customer: string | null;
}

interface Reader {
  key: string;
  query: string;
  wants(event: Stored): boolean;
}

/** `staysOpen`: on one connection while there is writing; else it breaks off repeatedly. */
type ChosenReader = Reader & { staysOpen: boolean };

const internal = ['NoteAdded', 'WorkLogged', 'TicketAssigned'];
const breachTypes = ['SlaTargetMissed', 'SlaBreached', 'SlaBreachRetracted'];

function chooseReader(random: () => number, tickets: string[]): ChosenReader {
  const ticket = tickets[Math.floor(random() * tickets.length)] as string;
  const customer = random() < 0.5 ? 'bakery' : 'dentist';
  const portal = `portal-key-of-the-${customer}`;
  const seen = (event: Stored) => event.customer === customer && !internal.includes(event.type);
  const kinds: Reader[] = [
    { key: server.key, query: '', wants: () => true },
    { key: server.key, query: '?only=breaches', wants: ({ type }) => breachTypes.includes(type) },
    { key: server.key, query: `?ticket=${ticket}`, wants: (event) => event.ticket === ticket },
    {
      key: server.key,
      query: '?types=PriorityChanged,NoteAdded',
      wants: ({ type }) => type === 'PriorityChanged' || type === 'NoteAdded',
    },
    { key: portal, query: '', wants: seen },
    { key: portal, query: `?ticket=${ticket}`, wants: (event) => seen(event) && event.ticket === ticket },
  ];
  const kind = kinds[Math.floor(random() * kinds.length)] as Reader;
  return { ...kind, staysOpen: random() < 0.3 };
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

it('gives every reader exactly what it wants, in order, through disconnects, slow reading and 32 writers', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const random = createRandom(seed);
  const owners = ['bakery', 'dentist', null];
  const tickets = await Promise.all(
    Array.from({ length: 24 }, (_, index) => server.open({ customerId: owners[index % 3] ?? null })),
  );
  const { position: from } = await server.context.log.head();
  let isWriting = true;

  const write = async () => {
    for (let count = 0; count < appendsOfEach; count += 1) {
      const at = new Date(Date.now() - 1_000).toISOString();
      const breach = { objective: 'response' as const, occurrence: 1, dueAt: at, breachedAt: at };
      const choices = [
        newTicketEvent('NoteAdded', { text: 'x'.repeat(Math.floor(random() * 3_000)) }),
        newTicketEvent('CustomerReplied', {
          channel: 'portal',
          contactId: null,
          text: 'y'.repeat(Math.floor(random() * 3_000)),
        }),
        newTicketEvent('PriorityChanged', { priority: 'high', previous: 'normal' }),
        newTicketEvent('SlaBreached', breach),
      ];
      const some = choices.filter(() => random() < 0.4);
      const ticket = tickets[Math.floor(random() * tickets.length)] as string;
      if (some.length > 0) await server.append(ticket, ...some);
      await sleep(random() * 150);
    }
  };

  const read = async (reader: ChosenReader): Promise<number[]> => {
    const ids: number[] = [];
    let position = from;
    for (;;) {
      const client = await openFeed(server.url, reader.key, { query: reader.query, lastEventId: position });
      expect(client.status).toBe(200);
      const wasWriting = isWriting;
      if (wasWriting && reader.staysOpen) await eventually(() => !isWriting, { timeout: 60_000 });
      else if (wasWriting) {
        await sleep(random() * 120);
        if (random() < 0.4) {
          client.pause();
          await sleep(random() * 200);
          client.resume();
        }
        await sleep(random() * 60);
      } else {
        const { position: head } = await server.context.log.head();
        await eventually(() => (client.lastId() ?? 0) >= head, { timeout: 60_000 });
      }
      client.close();
      await client.ended;
      ids.push(...client.events.map(({ id }) => id));
      position = client.lastId() ?? position;
      if (!wasWriting) return ids;
    }
  };

  const chosen = Array.from({ length: readers }, () => chooseReader(random, tickets));
  const reading = Promise.all(chosen.map(read));
  await Promise.all(Array.from({ length: writers }, write));
  isWriting = false;
  const received = await reading;

  const { rows } = await server.database.pool.query<Stored>(
    `select position::float8 as position, type, stream_id as ticket,
       (select o.data->>'customerId' from log.events o where o.stream_id = e.stream_id and o.version = 1) as customer
     from log.events e where position > $1 and category = 'ticket' order by position`,
    [from],
  );
  expect(rows.length).toBeGreaterThan(writers * appendsOfEach);
  for (const [index, { query, key, wants }] of chosen.entries()) {
    const expected = rows.filter(wants).map(({ position }) => position);
    expect({ seed, key, query, ids: received[index] }).toEqual({ seed, key, query, ids: expected });
  }
}, 180_000);
