import { type NewTicketEvent, newTicketEvent } from '@ringback/domain/ticket';
import type { QueryServer } from './query-server.ts';

const minute = 60_000;
const plans = ['cat-levels/cat-1', 'cat-levels/cat-2', 'set-rate-contract/set-rate', undefined] as const;

/** The same numbers from [0, 1) for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
}

/** Tickets of every kind and what may happen to them, each appended while the others are. Returns their ids. */
export async function loadRandomly(server: QueryServer, tickets: number, seed: number): Promise<string[]> {
  const random = createRandom(seed);
  return await Promise.all(Array.from({ length: tickets }, () => loadTicket(server, random)));
}

async function loadTicket(server: QueryServer, random: () => number): Promise<string> {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const openedAt = Date.now() - Math.ceil(random() * 5 * 24 * 60) * minute;
  const plan = pick(plans);
  const id = await server.open({
    customerId: pick(['bakery', 'dentist', 'florist']),
    subject: `Back\\slash, tab\tand\nbreak ${Math.floor(random() * 100)} “ü”`,
    at: new Date(openedAt).toISOString(),
    ...(plan === undefined ? {} : { plan }),
    ...(plan === 'set-rate-contract/set-rate' ? { priority: pick(['urgent', 'important', 'low']) } : {}),
  });
  // Not always in the order of what happened: evidence comes late.
  const at = () => new Date(openedAt + random() * (Date.now() - openedAt)).toISOString();
  for (let left = Math.floor(random() * 9); left > 0; left -= 1) {
    await server.append(id, ...pick(happenings)(at(), pick));
  }
  return id;
}

type Pick = <T>(from: readonly T[]) => T;

const reasons = ['awaiting-customer', 'awaiting-remote-access', 'third-party-network'] as const;
const occurrence = { objective: 'response', occurrence: 1 } as const;

const happenings: ((at: string, pick: Pick) => NewTicketEvent[])[] = [
  (at) => [newTicketEvent('TicketAcknowledged', { note: null }, at)],
  (_at, pick) => [newTicketEvent('TicketAssigned', { assignee: pick(['alice', 'bob', null]) })],
  (at) => [newTicketEvent('AgentReplied', { channel: 'email', text: 'We look into it.', call: null }, at)],
  (at) => [newTicketEvent('CustomerReplied', { channel: 'email', text: 'Thanks!', contactId: null }, at)],
  () => [newTicketEvent('NoteAdded', { text: 'C:\\ringback\\logs' })],
  (at, pick) => [newTicketEvent('ClockHeld', { reason: pick(reasons), note: null }, at)],
  (at, pick) => [newTicketEvent('ClockReleased', { reason: pick(reasons) }, at)],
  (at, pick) => [
    newTicketEvent(
      'PriorityChanged',
      { priority: pick(['urgent', 'important', 'low']), previous: 'low' },
      at,
    ),
  ],
  (at) => [newTicketEvent('SlaTargetMissed', { ...occurrence, targetAt: at, targetMissedAt: at })],
  (at) => [newTicketEvent('SlaBreached', { ...occurrence, dueAt: at, breachedAt: at })],
  (at) => {
    const breach = { ...occurrence, dueAt: at, breachedAt: at };
    const broken = newTicketEvent('SlaBreached', breach);
    const back = newTicketEvent('SlaBreachRetracted', { ...breach, causeEventId: null });
    return [broken, back, broken];
  },
  (at) => [
    newTicketEvent('DeadlineReplanned', {
      ...occurrence,
      before: { targetAt: null, dueAt: at },
      after: { targetAt: null, dueAt: at },
      cause: { kind: 'calendar-exception', id: 'cat-levels/working/2026-12-24', position: 1 },
    }),
  ],
  (at, pick) => [
    newTicketEvent(
      'CustomerIdentified',
      {
        customerId: pick(['bakery', 'dentist']),
        contactId: null,
        coverage: {
          contractId: null,
          standing: 'active',
          plan: { catalog: 'cat-levels', catalogVersion: 1, plan: 'cat-1' },
          chargeable: false,
        },
        priority: 'normal',
      },
      at,
    ),
  ],
  (at) => [newTicketEvent('EquipmentFaultDetermined', { equipment: 'handset', note: null }, at)],
  (at) => [newTicketEvent('TicketResolved', { resolution: null }, at)],
  () => [newTicketEvent('TicketClosed', { reason: 'a test' })],
  () => [newTicketEvent('TicketReopened', { reason: null })],
];
