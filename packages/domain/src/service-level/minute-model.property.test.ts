import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../catalog/index.ts';
import { type ClockEvent, compilePlan, evaluate } from './index.ts';
import { type ModelEvent, modelClocks } from './testing/minute-model.ts';

const minute = 60_000;
const catalogs = [
  'set-rate-contract',
  'cat-levels',
  'technical-support-centre',
  'support-subscription',
  'contract-levels',
].map((name) =>
  parseCatalog(readFileSync(new URL(`../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8'), () => []),
);

const openings = [
  '2026-03-27T15:30:00Z', // the Friday before Europe's spring change
  '2026-10-24T20:10:00Z', // the night before Europe's autumn change
  '2026-03-07T22:00:00Z', // before America's spring change
  '2026-04-02T15:00:00Z', // before Easter
  '2026-12-23T14:59:00Z',
  '2028-02-28T16:20:00Z', // leap day
  '2026-07-01T00:00:00Z',
  '2026-06-15T08:00:00Z',
].map((text) => Date.parse(text) / minute);

const reasons = [
  'awaiting-customer',
  'awaiting-remote-access',
  'customer-scheduled',
  'third-party-network',
  'manufacturer',
  'force-majeure',
];
const plainTypes = [
  'TicketAcknowledged',
  'TicketAssigned',
  'CustomerReplied',
  'AgentReplied',
  'NoteAdded',
  'InterventionStarted',
  'EquipmentFaultDetermined',
  'ReplacementDispatched',
  'ReplacementDelivered',
  'OnSiteVisitDetermined',
  'EngineerArrived',
  'ServiceRestored',
  'TicketResolved',
  'TicketReopened',
  'TicketClosed',
  'TicketDeclined',
];

const offset = fc.oneof(
  fc.integer({ min: 0, max: 10 * 24 * 60 }),
  fc.integer({ min: 0, max: 36 * 60 }),
  fc.constantFrom(0, 60, 120, 240, 480, 1440, 2880),
);
const typeArbitrary = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...plainTypes) },
  { weight: 3, arbitrary: fc.constantFrom('ClockHeld', 'ClockReleased') },
  { weight: 2, arbitrary: fc.constantFrom('PriorityChanged', 'TurnaroundAgreed', 'TicketReopened') },
);

const history = fc.constantFrom(...catalogs).chain((catalog) => {
  const priorities = Object.keys(catalog.priorities);
  return fc.record({
    catalog: fc.constant(catalog),
    plan: fc.constantFrom(...Object.keys(catalog.plans)),
    priority: fc.constantFrom(...priorities),
    openedAt: fc.constantFrom(...openings),
    steps: fc.array(
      fc.record({
        type: typeArbitrary,
        offset,
        reason: fc.constantFrom(...reasons),
        priority: fc.constantFrom(...priorities),
        turnaround: fc.integer({ min: -60, max: 4 * 24 * 60 }),
      }),
      { maxLength: 12 },
    ),
    asked: offset,
  });
});

interface Step {
  type: string;
  offset: number;
  reason: string;
  priority: string;
  turnaround: number;
}

function modelEvents(openedAt: number, steps: Step[]): ModelEvent[] {
  const later = steps.map(({ type, offset, reason, priority, turnaround }): ModelEvent => {
    const at = openedAt + offset;
    if (type === 'ClockHeld' || type === 'ClockReleased') return { type, at, reason };
    if (type === 'PriorityChanged') return { type, at, priority };
    if (type === 'TurnaroundAgreed') return { type, at, dueAt: at + turnaround };
    return { type, at };
  });
  return [{ type: 'TicketOpened', at: openedAt }, ...later];
}

/** The engine's answer in the model's minutes. */
function engineClocks(
  catalog: (typeof catalogs)[number],
  plan: string,
  priority: string,
  events: ModelEvent[],
  asOf: number,
) {
  const clockEvents = events.map(({ type, at, reason, priority: changed, dueAt }) => ({
    id: null,
    type,
    at: at * minute,
    ...(reason === undefined ? {} : { reason }),
    ...(dueAt === undefined ? {} : { dueAt: dueAt * minute }),
    ...(type === 'TicketOpened'
      ? { priority, covered: true }
      : changed === undefined
        ? {}
        : { priority: changed }),
  })) as ClockEvent[];
  const plans = [{ from: Number.NEGATIVE_INFINITY, plan: compilePlan(catalog, plan), cause: null }];
  const { clocks } = evaluate({ plans, events: clockEvents, asOf: asOf * minute });
  const inMinutes = (instant: number | null) => (instant === null ? null : instant / minute);
  return clocks.map((clock) => ({
    objective: clock.objective,
    occurrence: clock.occurrence,
    state: clock.state,
    startedAt: clock.startedAt / minute,
    targetAt: inMinutes(clock.targetAt),
    dueAt: inMinutes(clock.dueAt),
    metAt: inMinutes(clock.metAt),
    targetMissedAt: inMinutes(clock.targetMissedAt),
    breachedAt: inMinutes(clock.breachedAt),
    served: clock.served / minute,
    remaining: clock.remaining / minute,
  }));
}

describe('the engine against a model that counts minutes', () => {
  it('agrees on every clock of every catalog over random histories', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(history, ({ catalog, plan, priority, openedAt, steps, asked }) => {
        const events = modelEvents(openedAt, steps);
        const asOf = openedAt + asked;
        expect(engineClocks(catalog, plan, priority, events, asOf)).toEqual(
          modelClocks(catalog, plan, priority, events, asOf),
        );
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 300) },
    );
  });
});
