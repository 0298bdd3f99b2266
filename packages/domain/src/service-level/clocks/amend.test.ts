import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Catalog, parseCatalog } from '../../catalog/index.ts';
import type { TicketEventType } from '../../ticket/index.ts';
import {
  type ClockEvent,
  compilePlan,
  evaluate,
  judge,
  type PlanException,
  type PlanInForce,
} from '../index.ts';

const load = (name: string): Catalog =>
  parseCatalog(
    readFileSync(new URL(`../../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8'),
    () => [],
  );
const levels = load('cat-levels');
const centre = load('technical-support-centre');
const setRate = load('set-rate-contract');

/** The plan, and an exception of its calendar recorded at each instant. */
function plansOf(
  catalog: Catalog,
  plan: string,
  ...amendments: { at: string; exception: PlanException }[]
): PlanInForce[] {
  const first: PlanInForce = {
    from: Number.NEGATIVE_INFINITY,
    plan: compilePlan(catalog, plan),
    cause: null,
  };
  return [
    first,
    ...amendments.map(({ at }, index): PlanInForce => {
      const holding = amendments.slice(0, index + 1).map(({ exception }) => exception);
      const cause = { kind: 'calendar-exception' as const, id: 'an-exception', position: index + 1 };
      return { from: Date.parse(at), plan: compilePlan(catalog, plan, holding), cause };
    }),
  ];
}

function eventsOf(
  ...events: [type: TicketEventType, at: string, more?: Partial<ClockEvent>][]
): ClockEvent[] {
  return events.map(([type, at, more]) => ({ id: null, type, at: Date.parse(at), ...more }));
}

const closed = (calendar: string, date: string): PlanException => ({ calendar, date, hours: [] });
const instant = (at: number | null | undefined) =>
  at === null || at === undefined ? null : new Date(at).toISOString();

describe('a breach of an open clock whose calendar is amended afterwards', () => {
  // Monday 2 March 2026, 09:00: eight working hours end at 17:00.
  const events = eventsOf(['TicketOpened', '2026-03-02T09:00:00Z', { priority: 'normal' }]);
  const monday = { at: '2026-03-03T10:00:00Z', exception: closed('working', '2026-03-02') };

  it('stays as it was recorded', () => {
    const plans = plansOf(levels, 'cat-1', monday);
    const [clock] = evaluate({ plans, events, asOf: Date.parse('2026-03-03T11:00:00Z') }).clocks;
    expect(clock?.state).toBe('breached');
    expect(instant(clock?.dueAt)).toBe('2026-03-02T17:00:00.000Z');
    expect(instant(clock?.breachedAt)).toBe('2026-03-02T17:00:00.000Z');
  });

  it('is re-planned, and said not to stand when the deadline would lie ahead', () => {
    const plans = plansOf(levels, 'cat-1', monday);
    const { replannings } = evaluate({ plans, events, asOf: Date.parse('2026-03-03T11:00:00Z') });
    expect(replannings).toMatchObject([
      {
        objective: 'response',
        before: { dueAt: Date.parse('2026-03-02T17:00:00Z') },
        after: { dueAt: Date.parse('2026-03-03T17:00:00Z') },
        notStanding: ['max'],
      },
    ]);
  });

  it('is not said to fall when it would have been missed by then all the same', () => {
    const late = { ...monday, at: '2026-03-03T18:00:00Z' };
    const plans = plansOf(levels, 'cat-1', late);
    const { replannings } = evaluate({ plans, events, asOf: Date.parse('2026-03-03T19:00:00Z') });
    expect(replannings).toMatchObject([{ notStanding: [] }]);
  });

  it('is re-planned from where an earlier amendment would have put it', () => {
    const tuesday = { at: '2026-03-03T12:00:00Z', exception: closed('working', '2026-03-03') };
    const plans = plansOf(levels, 'cat-1', monday, tuesday);
    const { replannings } = evaluate({ plans, events, asOf: Date.parse('2026-03-03T13:00:00Z') });
    expect(replannings.map(({ before, after }) => [instant(before.dueAt), instant(after.dueAt)])).toEqual([
      ['2026-03-02T17:00:00.000Z', '2026-03-03T17:00:00.000Z'],
      ['2026-03-03T17:00:00.000Z', '2026-03-04T17:00:00.000Z'],
    ]);
  });

  it('is left alone by what does not move it', () => {
    const later = { at: '2026-03-03T10:00:00Z', exception: closed('working', '2026-03-10') };
    const plans = plansOf(levels, 'cat-1', later);
    const { replannings } = evaluate({ plans, events, asOf: Date.parse('2026-03-03T11:00:00Z') });
    expect(replannings).toEqual([]);
  });

  it('is judged by the objective of the priority under which it was breached', () => {
    const downgraded = eventsOf(
      ['TicketOpened', '2026-03-02T09:00:00Z', { priority: 'high' }],
      ['PriorityChanged', '2026-03-02T13:00:00Z', { priority: 'normal' }],
    );
    const irrelevant = { at: '2026-03-02T14:00:00Z', exception: closed('office', '2026-03-20') };
    const plans = plansOf(centre, 'office-hours', irrelevant);
    const { replannings, clocks } = evaluate({
      plans,
      events: downgraded,
      asOf: Date.parse('2026-03-02T15:00:00Z'),
    });
    expect(clocks).toMatchObject([{ state: 'breached', dueAt: Date.parse('2026-03-02T11:00:00Z') }]);
    expect(replannings).toEqual([]);
  });
});

it('a warning that an amendment overtakes is said not to stand, and is not given again', () => {
  const events = eventsOf(['TicketOpened', '2026-03-02T09:00:00Z', { priority: 'high' }]);
  const amended = { at: '2026-03-02T10:30:00Z', exception: closed('office', '2026-03-02') };
  const plans = plansOf(centre, 'office-hours', amended);
  const { replannings, clocks } = evaluate({ plans, events, asOf: Date.parse('2026-03-02T10:45:00Z') });
  expect(replannings).toMatchObject([{ notStanding: ['target'] }]);
  expect(clocks).toMatchObject([
    {
      state: 'target-missed',
      targetMissedAt: Date.parse('2026-03-02T10:00:00Z'),
      dueAt: Date.parse('2026-03-03T08:30:00Z'),
    },
  ]);
});

describe('what was missed, held against the plan as it is now', () => {
  const events = eventsOf(
    ['TicketOpened', '2026-03-02T09:00:00Z', { priority: 'normal' }],
    ['TicketAcknowledged', '2026-03-03T09:30:00Z'],
  );
  const asOf = Date.parse('2026-03-05T09:00:00Z');

  it('would not stand where the calendar was closed after the fact, even when the clock has ended', () => {
    const plans = plansOf(levels, 'cat-1', {
      at: '2026-03-04T10:00:00Z',
      exception: closed('working', '2026-03-02'),
    });
    expect(judge({ plans, events, asOf })).toMatchObject([{ state: 'breached', breachWouldStand: false }]);
  });

  it('stands where the amendment is of another day, and where there is none', () => {
    const plans = plansOf(levels, 'cat-1', {
      at: '2026-03-04T10:00:00Z',
      exception: closed('working', '2026-03-10'),
    });
    expect(judge({ plans, events, asOf })).toMatchObject([{ breachWouldStand: true }]);
    expect(judge({ plans: plansOf(levels, 'cat-1'), events, asOf })).toMatchObject([
      { breachWouldStand: true },
    ]);
  });

  it('says nothing of what was not missed', () => {
    const met = eventsOf(
      ['TicketOpened', '2026-03-02T09:00:00Z', { priority: 'low' }],
      ['TicketResolved', '2026-03-02T09:30:00Z'],
    );
    for (const judged of judge({ plans: plansOf(setRate, 'set-rate'), events: met, asOf }))
      expect(judged).toMatchObject({ state: 'met', warningWouldStand: null, breachWouldStand: null });
  });

  it('does not count an amendment before it was recorded', () => {
    const at = '2026-03-04T10:00:00Z';
    const plans = plansOf(levels, 'cat-1', { at, exception: closed('working', '2026-03-02') });
    expect(judge({ plans, events, asOf: Date.parse(at) - 1 })).toMatchObject([{ breachWouldStand: true }]);
    expect(judge({ plans, events, asOf: Date.parse(at) })).toMatchObject([{ breachWouldStand: false }]);
  });
});
