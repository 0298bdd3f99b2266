import type { HoldReason, Metric } from '../../ticket/vocabulary.ts';
import { advance, type CompiledCalendar, nominalServed, openBetween } from '../calendar/index.ts';
import type { Clock, EpochMilliseconds, Thresholds } from '../types.ts';
import type { CompiledObjective, Reasons } from './plan.ts';

/**
 * What brought something about: the id of an event of the ticket, or the position in the log of what amended its plan;
 * null for an event without an id, in a history that is only computed.
 */
export type Cause = string | number | null;

/** Time that does not count, and what made it so. */
export interface Held {
  from: EpochMilliseconds;
  to: EpochMilliseconds;
  /** `not-open`: from the clock's end to the reopening of the ticket. */
  reason: HoldReason | 'not-open';
  cause: Cause;
  /** What ended it, from which on time counts again. */
  endCause: Cause;
}

/** What a clock runs by: an objective of the present priority, or an agreed turnaround. */
type Terms = Pick<ClockRun, 'agreed' | 'calendar' | 'calendarId' | 'holds' | 'target' | 'max'>;

/** A threshold that was missed: when it was, and when it counts as missed. */
interface Miss {
  at: EpochMilliseconds;
  missedAt: EpochMilliseconds;
}

/** One occurrence of an objective while a history is walked. */
export interface ClockRun {
  objective: Metric;
  occurrence: number;
  startedAt: EpochMilliseconds;
  /** The priority whose objective it runs under. */
  priority: string;
  startCause: Cause;
  /** A turnaround agreed on the ticket: no plan, calendar or priority moves it. */
  agreed: boolean;
  calendar: CompiledCalendar;
  /** Within the catalog; null for an agreed turnaround, which no calendar moves. */
  calendarId: string | null;
  holds: Reasons;
  /** Served milliseconds that the thresholds stand for. */
  target: number | null;
  max: number;
  held: Held[];
  /** Set while a hold stops it. */
  heldSince: Omit<Held, 'to' | 'endCause'> | null;
  /** Where the thresholds lie as things stand; null while a hold keeps them away. */
  targetAt: EpochMilliseconds | null;
  dueAt: EpochMilliseconds | null;
  targetMiss: Miss | null;
  breach: Miss | null;
  /** Of a breached clock: where its thresholds would lie under what was amended since; null: nothing was. */
  wouldLie: Thresholds | null;
  metAt: EpochMilliseconds | null;
  endedAt: EpochMilliseconds | null;
  endedBy: 'met' | 'ending' | 'change' | 'agreement' | null;
  endCause: Cause;
}

export function startRun(
  objective: Metric,
  occurrence: number,
  startedAt: EpochMilliseconds,
  priority: string,
  startCause: Cause,
  terms: Terms,
): ClockRun {
  return {
    objective,
    occurrence,
    startedAt,
    priority,
    startCause,
    agreed: terms.agreed,
    calendar: terms.calendar,
    calendarId: terms.calendarId,
    holds: terms.holds,
    target: terms.target,
    max: terms.max,
    held: [],
    heldSince: null,
    targetAt: null,
    dueAt: null,
    targetMiss: null,
    breach: null,
    wouldLie: null,
    metAt: null,
    endedAt: null,
    endedBy: null,
    endCause: null,
  };
}

/** Durations in days become served time from the clock's own start. */
export function termsOf(
  { calendar, calendarId, holds, target, max }: CompiledObjective,
  startedAt: EpochMilliseconds,
): Terms {
  return {
    agreed: false,
    calendar,
    calendarId,
    holds,
    target: target === null ? null : nominalServed(calendar, startedAt, target),
    max: nominalServed(calendar, startedAt, max),
  };
}

/** Field by field: this is done for every clock of every ticket that changes its priority. */
export function setTerms(run: ClockRun, terms: Terms): void {
  run.agreed = terms.agreed;
  run.calendar = terms.calendar;
  run.calendarId = terms.calendarId;
  run.holds = terms.holds;
  run.target = terms.target;
  run.max = terms.max;
}

/** Finds the thresholds anew: after a start, a hold, a release, or other terms. */
export function place(run: ClockRun): void {
  run.targetAt = run.target === null ? null : reach(run, run.target);
  run.dueAt = reach(run, run.max);
}

/**
 * The instant by which the clock has served `duration`; null when a hold that is still on keeps it away. A hold that
 * begins at or after that instant changes nothing.
 */
export function reach(
  {
    calendar,
    startedAt,
    held,
    heldSince,
  }: Pick<ClockRun, 'calendar' | 'startedAt'> & {
    held: readonly Pick<Held, 'from' | 'to'>[];
    heldSince: Pick<Held, 'from'> | null;
  },
  duration: number,
): EpochMilliseconds | null {
  let at = startedAt;
  let left = duration;
  for (const hold of held) {
    const end = advance(calendar, at, left);
    if (hold.from >= end) return end;
    left -= openBetween(calendar, at, hold.from);
    at = hold.to;
  }
  const end = advance(calendar, at, left);
  return heldSince === null || heldSince.from >= end ? end : null;
}

/** Open time, not held, from the start to an instant. */
function servedBy({ calendar, startedAt, held, heldSince }: ClockRun, instant: EpochMilliseconds): number {
  let served = openBetween(calendar, startedAt, instant);
  for (const { from, to } of held) served -= openBetween(calendar, from, Math.min(to, instant));
  if (heldSince !== null) served -= openBetween(calendar, heldSince.from, instant);
  return served;
}

/** Misses the thresholds that lie before `instant` (with `inclusive`, at it too), each at its own instant. */
export function missUntil(run: ClockRun, instant: EpochMilliseconds, inclusive: boolean): void {
  const { targetAt, dueAt } = run;
  if (
    run.targetMiss === null &&
    targetAt !== null &&
    (targetAt < instant || (inclusive && targetAt === instant))
  ) {
    run.targetMiss = { at: targetAt, missedAt: targetAt };
  }
  if (run.breach === null && dueAt !== null && (dueAt < instant || (inclusive && dueAt === instant))) {
    run.breach = { at: dueAt, missedAt: dueAt };
  }
}

/** After other terms: a threshold that they put strictly before `instant` is missed at `instant`. */
export function missBefore(run: ClockRun, instant: EpochMilliseconds): void {
  const { targetAt, dueAt } = run;
  if (run.targetMiss === null && targetAt !== null && targetAt < instant) {
    run.targetMiss = { at: targetAt, missedAt: instant };
  }
  if (run.breach === null && dueAt !== null && dueAt < instant) run.breach = { at: dueAt, missedAt: instant };
}

/** A hold still on counts as released at `instant`, by `endCause`. */
export function releaseRun(run: ClockRun, instant: EpochMilliseconds, endCause: Cause): void {
  const { heldSince } = run;
  if (heldSince === null) return;
  run.heldSince = null;
  if (instant > heldSince.from) run.held.push({ ...heldSince, to: instant, endCause });
}

/** The clock as the API tells it at `asOf`. */
export function describeRun(run: ClockRun, asOf: EpochMilliseconds): Clock {
  const { targetMiss, breach, metAt, endedAt, heldSince } = run;
  const served = servedBy(run, endedAt === null ? asOf : Math.min(asOf, endedAt));
  return {
    objective: run.objective,
    occurrence: run.occurrence,
    state: stateOf(run),
    startedAt: run.startedAt,
    targetAt: targetMiss?.at ?? run.targetAt,
    dueAt: breach?.at ?? run.dueAt,
    metAt,
    targetMissedAt: targetMiss?.missedAt ?? null,
    breachedAt: breach?.missedAt ?? null,
    endedAt,
    heldSince: heldSince?.from ?? null,
    served,
    remaining: Math.max(0, run.max - served),
  };
}

function stateOf({ breach, metAt, endedAt, heldSince, targetMiss }: ClockRun): Clock['state'] {
  if (breach !== null) return 'breached';
  if (metAt !== null) return 'met';
  if (endedAt !== null) return 'cancelled';
  if (heldSince !== null) return 'held';
  return targetMiss === null ? 'running' : 'target-missed';
}
