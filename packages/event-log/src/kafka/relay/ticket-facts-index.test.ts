import { asTicketEvent, foldTicket } from '@ringback/domain/ticket';
import { expect, it } from 'vitest';
import type { JsonObject, RecordedEvent } from '../../port.ts';
import { createUpcasters } from '../../upcasters.ts';
import { createTicketFactsIndex } from './ticket-facts-index.ts';

const coverage = { contractId: null, standing: 'none', plan: null, chargeable: true };
const opened = {
  reference: 'RB-1',
  customerId: null,
  candidateCustomerIds: [],
  contactId: null,
  coverage,
  priority: 'low',
  channel: 'portal',
  subject: 'No dial tone',
  description: null,
  caller: null,
  email: null,
  call: null,
  refersToTicketId: null,
};
const plan = { catalog: 'cat', catalogVersion: 1, plan: 'plan' };

function stream(
  streamId: string,
  events: [type: string, data: JsonObject, minute: number][],
  from = 1,
): RecordedEvent[] {
  return events.map(([type, data, minute], index) => ({
    position: from + index,
    category: 'ticket',
    streamId,
    version: index + 1,
    id: `${streamId}-${index}`,
    type,
    v: 1,
    data,
    metadata: { actor: 'service:test' },
    occurredAt: `2026-03-02T09:${String(minute).padStart(2, '0')}:00.000Z`,
    recordedAt: '2026-03-02T10:00:00.000Z',
  }));
}

const history = stream('one', [
  ['TicketOpened', opened, 0],
  ['PriorityChanged', { priority: 'urgent', previous: 'low' }, 30],
  // Recorded later, happened earlier: the priority stays the later one's.
  [
    'CustomerIdentified',
    { customerId: 'acme', contactId: null, coverage: { ...coverage, plan }, priority: 'normal' },
    20,
  ],
  ['NoteAdded', { text: 'x' }, 40],
  ['TicketResolved', { resolution: null }, 50],
]);

const whole = (version: number) => {
  const ticket = foldTicket(history.slice(0, version).map(asTicketEvent));
  return { priority: ticket?.priority, customerId: ticket?.customerId, subject: ticket?.subject };
};

it('says of each event what a fold of the whole history up to it says', async () => {
  const facts = createTicketFactsIndex(async () => new Map(), createUpcasters());
  const found = await facts.of(history);
  for (const { position, version } of history) expect(found.get(position)).toMatchObject(whole(version));
  expect(found.get(3)).toEqual({
    reference: 'RB-1',
    subject: 'No dial tone',
    customerId: 'acme',
    priority: 'urgent',
    plan: 'cat/plan',
  });
});

it('reads a stream only for a ticket that it does not know', async () => {
  const reads: string[][] = [];
  const read = async (ids: string[]) => {
    reads.push(ids);
    return new Map([['one', history]]);
  };
  const facts = createTicketFactsIndex(read, createUpcasters());
  expect((await facts.of(history.slice(1, 2))).get(2)).toMatchObject(whole(2));
  expect(reads).toEqual([['one']]);
  await facts.of(history.slice(2));
  expect(reads).toHaveLength(1);
  // What is sent again is not known any more as it was then.
  expect((await facts.of(history.slice(1, 2))).get(2)).toMatchObject(whole(2));
  expect(reads).toHaveLength(2);
});

it('forgets the tickets that it met longest ago', async () => {
  const reads: string[][] = [];
  const read = async (ids: string[]) => {
    reads.push(ids);
    return new Map(ids.map((id) => [id, stream(id, [['TicketOpened', opened, 0]])]));
  };
  const facts = createTicketFactsIndex(read, createUpcasters(), 1);
  const [one, other] = [
    stream('one', [['TicketOpened', opened, 0]]),
    stream('other', [['TicketOpened', opened, 0]]),
  ];
  await facts.of([...one, ...other]);
  const later = (of: RecordedEvent[]) => ({
    ...(of[0] as RecordedEvent),
    version: 2,
    type: 'NoteAdded',
    data: { text: 'x' },
  });
  await facts.of([later(other)]);
  expect(reads).toEqual([]);
  await facts.of([later(one)]);
  expect(reads).toEqual([['one']]);
});

it('leaves the facts as they were for an event of a newer release', async () => {
  const facts = createTicketFactsIndex(async () => new Map(), createUpcasters());
  const newer = { ...(history[1] as RecordedEvent), v: 99 };
  const found = await facts.of([history[0] as RecordedEvent, newer]);
  expect(found.get(2)).toEqual(found.get(1));
});
