import { compilePlan, decideServiceLevel, type PlanInForce } from '@ringback/domain/service-level';
import { asTicketEvent, type TicketEvent } from '@ringback/domain/ticket';
import type { EventLog } from '@ringback/event-log';
import { eventually } from '@ringback/test-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';
import { watchCatalog } from '../testing/watch-catalog.ts';

const plans: PlanInForce[] = [
  { from: Number.NEGATIVE_INFINITY, plan: compilePlan(watchCatalog(), 'full'), cause: null },
];
const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let database: TimerDatabase;
let pauses: number[] = [];
let appends = 0;

/** Pauses between the reading of a history and the append to it: room for conflicts. */
const slowly = (log: EventLog): EventLog => ({
  ...log,
  async append(request) {
    appends += 1;
    await sleep(pauses[appends % pauses.length] ?? 0);
    return await log.append(request);
  },
});

beforeAll(async () => {
  database = await createTimerDatabase();
  await database.start({ log: slowly });
  await database.start({ log: slowly });
});
afterAll(() => database.drop());

const action = fc.record({
  what: fc.constantFrom('acknowledge', 'hold', 'release', 'note', 'urgent', 'resolve', 'reopen'),
  /** Milliseconds from the deadline to its recording. */
  at: fc.integer({ min: -10, max: 25 }),
  /** How long before its recording it happened, milliseconds; null: as it is recorded. */
  ago: fc.option(fc.integer({ min: 0, max: 25 }), { freq: 3 }),
});
const ticket = fc.record({
  priority: fc.constantFrom('normal', 'held', 'warned'),
  actions: fc.array(action, { maxLength: 4 }),
});
const example = fc.record({
  tickets: fc.array(ticket, { minLength: 10, maxLength: 40 }),
  pauses: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 6 }),
});

async function perform(id: string, what: string, ago: number | null): Promise<void> {
  const at = ago === null ? null : (await database.now()) - ago;
  switch (what) {
    case 'acknowledge':
      await database.append(id, 'TicketAcknowledged', { note: null }, at);
      return;
    case 'hold':
      await database.append(id, 'ClockHeld', { reason: 'awaiting-customer', note: null }, at);
      return;
    case 'release':
      await database.append(id, 'ClockReleased', { reason: 'awaiting-customer' }, at);
      return;
    case 'urgent':
      await database.append(id, 'PriorityChanged', { priority: 'urgent', previous: 'normal' }, at);
      return;
    case 'resolve':
      await database.append(id, 'TicketResolved', { resolution: null }, at);
      return;
    case 'reopen':
      await database.append(id, 'TicketReopened', { reason: null }, at);
      return;
    default:
      await database.append(id, 'NoteAdded', { text: 'rang again' }, at);
  }
}

const historyOf = async (id: string) => (await database.history(id)).map(asTicketEvent);

const isSaidByTimer = ({ type }: TicketEvent) =>
  type === 'SlaBreached' || type === 'SlaTargetMissed' || type === 'SlaBreachRetracted';

/** What was appended was called for by what had been recorded before it, at that instant, and by nothing less. */
function expectCalledFor(history: TicketEvent[]): void {
  for (const [index, event] of history.entries()) {
    if (!isSaidByTimer(event)) continue;
    const called = decideServiceLevel({
      plans,
      events: history.slice(0, index),
      now: Date.parse(event.recordedAt),
    });
    expect(called.map(({ type, data }) => ({ type, data }))).toContainEqual({
      type: event.type,
      data: event.data,
    });
  }
}

/** What is recorded after a breach and happened as it was recorded happened after it: it cannot take it back. */
function expectNoneFalse(history: TicketEvent[]): void {
  for (const [index, event] of history.entries()) {
    if (event.type !== 'SlaBreached') continue;
    for (const later of history.slice(index + 1)) {
      if (isSaidByTimer(later) || later.occurredAt !== later.recordedAt) continue;
      expect(later.occurredAt > event.data.breachedAt).toBe(true);
    }
  }
}

function expectNoneTwice(history: TicketEvent[]): void {
  const standing = new Set<string>();
  const warned = new Set<string>();
  for (const event of history) {
    if (!isSaidByTimer(event)) continue;
    const { objective, occurrence } = event.data as { objective: string; occurrence: number };
    const key = `${objective}/${occurrence}`;
    if (event.type === 'SlaTargetMissed') {
      expect(warned.has(key)).toBe(false);
      warned.add(key);
    } else if (event.type === 'SlaBreached') {
      expect(standing.has(key)).toBe(false);
      standing.add(key);
    } else {
      expect(standing.delete(key)).toBe(true);
    }
  }
}

it('says what the history calls for and nothing else, whatever is recorded around a deadline', async () => {
  await fc.assert(
    fc.asyncProperty(example, async (given) => {
      pauses = given.pauses;
      const dueAt = (await database.now()) + 150;
      const ids = await database.open(...given.tickets.map(({ priority }) => ({ priority, dueAt })));
      await Promise.all(
        given.tickets.flatMap(({ actions }, index) =>
          actions.map(async ({ what, at, ago }) => {
            await sleep(dueAt + at - (await database.now()));
            await perform(ids[index] ?? '', what, ago);
          }),
        ),
      );
      await eventually(async () => {
        const now = await database.now();
        expect(now).toBeGreaterThan(dueAt + 30);
        for (const id of ids) {
          const events = await historyOf(id);
          expect(decideServiceLevel({ plans, events, now })).toEqual([]);
        }
      });
      for (const id of ids) {
        const history = await historyOf(id);
        expectCalledFor(history);
        expectNoneFalse(history);
        expectNoneTwice(history);
      }
    }),
    { numRuns: 25 },
  );
});
