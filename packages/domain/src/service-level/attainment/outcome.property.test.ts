import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../catalog/index.ts';
import { eventTraits, holdReasons, type Metric } from '../../ticket/index.ts';
import {
  type ClockEvent,
  catalogProblems,
  compilePlan,
  evaluate,
  type Outcome,
  openBetween,
  outcomesOf,
  parties,
} from '../index.ts';

const minute = 60_000;
const openedAt = Date.parse('2026-03-27T15:30:00Z');
const plans = (
  [
    ['set-rate-contract', 'set-rate', ['urgent', 'important', 'low']],
    ['cat-levels', 'cat-2', ['normal']],
    ['contract-levels', 'business', ['normal']],
  ] as const
).map(([name, plan, priorities]) => {
  const text = readFileSync(new URL(`../../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8');
  return { terms: compilePlan(parseCatalog(text, catalogProblems), plan), priorities };
});

const types = [
  'TicketAcknowledged',
  'AgentReplied',
  'ClockHeld',
  'ClockHeld',
  'ClockHeld',
  'ClockReleased',
  'PriorityChanged',
  'InterventionStarted',
  'ServiceRestored',
  'EquipmentFaultDetermined',
  'ReplacementDelivered',
  'TicketResolved',
  'TicketDeclined',
  'TicketReopened',
] as const;
const lengths = { min: 0, max: 5 * 24 * 60 };
const history = fc.constantFrom(...plans).chain(({ terms, priorities }) =>
  fc.record({
    terms: fc.constant(terms),
    priority: fc.constantFrom(...priorities),
    steps: fc.array(
      fc.record({
        type: fc.constantFrom(...types),
        offset: fc.integer(lengths),
        reason: fc.constantFrom(...holdReasons),
        priority: fc.constantFrom(...priorities),
      }),
      { maxLength: 14 },
    ),
    asked: fc.integer(lengths),
  }),
);
type Example = Parameters<Parameters<typeof history.map>[0]>[0];

function toHistory({ terms, priority, steps, asked }: Example) {
  const later = steps.map(({ type, offset, ...more }): ClockEvent => {
    const at = openedAt + offset * minute;
    if (type === 'ClockHeld' || type === 'ClockReleased') return { id: null, type, at, reason: more.reason };
    if (type === 'PriorityChanged') return { id: null, type, at, priority: more.priority };
    return { id: null, type, at };
  });
  const opening: ClockEvent = { id: null, type: 'TicketOpened', at: openedAt, priority, covered: true };
  return {
    terms,
    plans: [{ from: Number.NEGATIVE_INFINITY, plan: terms, cause: null }],
    events: [opening, ...later],
    asOf: openedAt + asked * minute,
  };
}

const takenBackByReopening = new Set(['restore', 'resolution']);

/**
 * Minutes in which the ticket was on hold for whatever reason, by nothing but its events, while it was open. A clock that
 * a reopening takes up again was over from the event that met it until then, even while the ticket was still open.
 */
function minutesOnHold(events: ClockEvent[], asOf: number, objective: Metric): number[] {
  const sorted = events.toSorted((a, b) => a.at - b.at);
  const on = new Set<string>();
  const found: number[] = [];
  let isOpen = false;
  let isOver = false;
  let next = 0;
  for (let at = openedAt; at < asOf; at += minute) {
    for (let event = sorted[next]; event !== undefined && event.at <= at; event = sorted[++next]) {
      if (event.type === 'TicketOpened' || event.type === 'TicketReopened') {
        isOver &&= isOpen;
        isOpen = true;
      }
      const met: readonly Metric[] = eventTraits[event.type].clocks.meets;
      if (takenBackByReopening.has(objective)) isOver ||= met.includes(objective);
      if (event.type === 'ClockHeld') on.add(event.reason ?? '');
      if (event.type === 'ClockReleased') on.delete(event.reason ?? '');
      if (event.type !== 'TicketResolved' && event.type !== 'TicketDeclined') continue;
      isOpen = false;
      on.clear();
    }
    if (isOpen && !isOver && on.size > 0) found.push(at);
  }
  return found;
}

/** The restore clock is met at once, and nothing counts until the reopening, not even the hold before the resolution. */
const heldAfterItWasMet: Example = {
  terms: plans[0]?.terms as Example['terms'],
  priority: 'urgent',
  steps: (
    [
      ['ServiceRestored', 0],
      ['ClockHeld', 0],
      ['TicketResolved', 1],
      ['TicketReopened', 2],
    ] as const
  ).map(([type, offset]) => ({ type, offset, reason: 'awaiting-customer', priority: 'urgent' })),
  asked: 2,
};

const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
const rank = (state: Outcome['state']) => ['breached', 'open', 'cancelled', 'met'].indexOf(state);

describe('for any history, an outcome', () => {
  it('is its clock’s, as the clock stands', () => {
    fc.assert(
      fc.property(history.map(toHistory), (question) => {
        const found = outcomesOf(question);
        const { clocks } = evaluate(question);
        const facts = ({
          objective,
          occurrence,
          startedAt,
          endedAt,
          metAt,
          dueAt,
          breachedAt,
          served,
        }: Outcome) => ({ objective, occurrence, startedAt, endedAt, metAt, dueAt, breachedAt, served });
        expect(found.map(facts)).toEqual(clocks.map((clock) => facts(clock as unknown as Outcome)));
        for (const [index, { state }] of found.entries()) {
          const clock = clocks[index]?.state;
          const unfinished = clock === 'running' || clock === 'held' || clock === 'target-missed';
          expect(state).toBe(unfinished ? 'open' : clock);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('gives each instant on hold to one party, and no more than the time it took', () => {
    fc.assert(
      fc.property(history.map(toHistory), (question) => {
        for (const outcome of outcomesOf(question)) {
          const onHold = minutesOnHold(question.events, question.asOf, outcome.objective);
          const calendar = question.terms
            .objectives(outcome.priority)
            .find(({ metric }) => metric === outcome.objective)?.calendar;
          if (calendar === undefined) throw new Error('the outcome has no objective');
          const until = outcome.endedAt ?? question.asOf;
          const held = onHold.filter((at) => at >= outcome.startedAt && at < until);
          const open = held.map((at) => openBetween(calendar, at, at + minute));
          expect(sum(Object.values(outcome.held))).toBe(sum(open));
          expect(outcome.gross - sum(open)).toBeLessThanOrEqual(outcome.served);
          expect(outcome.served).toBeLessThanOrEqual(outcome.gross);
        }
      }),
      { numRuns: 300, examples: [[toHistory(heldAfterItWasMet)]] },
    );
  });

  it('gets no worse by a deduction: gross, then one party’s holds, then all', () => {
    fc.assert(
      fc.property(history.map(toHistory), (question) => {
        for (const { state, readings, deadlines, endedAt } of outcomesOf(question)) {
          const latest = (instant: number | null) => instant ?? Number.POSITIVE_INFINITY;
          expect(rank(readings.gross)).toBeLessThanOrEqual(rank(state));
          expect(rank(state)).toBeLessThanOrEqual(rank(readings.all));
          for (const party of parties) {
            expect(latest(deadlines.gross)).toBeLessThanOrEqual(latest(deadlines[party]));
            expect(latest(deadlines[party])).toBeLessThanOrEqual(latest(deadlines.all));
          }
          if (endedAt !== null) expect(Object.values(deadlines)).not.toContain(null);
        }
      }),
      { numRuns: 300 },
    );
  });
});
