import { eventTraits, type TypeWithoutClockData } from '../../ticket/events/event-traits.ts';
import type { HoldReason, Metric } from '../../ticket/vocabulary.ts';
import type { ClockEvent, EpochMilliseconds, Replanning } from '../types.ts';
import {
  type Cause,
  type ClockRun,
  missBefore,
  missUntil,
  place,
  releaseRun,
  setTerms,
  startRun,
  termsOf,
} from './clock-run.ts';
import {
  type Metrics,
  metBy,
  metricBit,
  startedBy,
  startedByOpening,
  takenBackByReopening,
} from './meeting.ts';
import { alwaysOpen, type CompiledObjective, type CompiledTerms, type Reasons, reasonBit } from './plan.ts';

/** A hold of the ticket, whether or not it stops any of its clocks. */
export interface TicketHold {
  reason: HoldReason;
  from: EpochMilliseconds;
  /** Infinity while it is on. */
  to: EpochMilliseconds;
}

/** The clocks of one ticket while its history is walked in the order of `occurredAt`. */
export interface TicketClocks {
  plan: CompiledTerms;
  priority: string;
  /** Null before the opening. */
  openedAt: EpochMilliseconds | null;
  open: boolean;
  /** No plan yet, or none ever: clocks are kept but miss nothing and are not shown. */
  covered: boolean;
  /** The identification that brought the cover, before which nothing breaches; null where it came otherwise. */
  coveredSince: EpochMilliseconds | null;
  runs: ClockRun[];
  /** Those that have not ended, one for each metric at most: a ticket of years has thousands that have. */
  openRuns: ClockRun[];
  /** The last one of each metric. */
  latest: { [metric in Metric]?: ClockRun };
  holds: Map<HoldReason, Cause>;
  /** What is being applied: the clocks note it as the cause of what they do. */
  cause: Cause;
  /** In the order in which they began. */
  ticketHolds: TicketHold[];
  /** Metrics that something has met: since the opening, and since the last reopening. */
  metEver: Metrics;
  metSinceReopening: Metrics;
  replannings: Replanning[];
}

export function newTicketClocks(plan: CompiledTerms, priority: string, covered: boolean): TicketClocks {
  return {
    plan,
    priority,
    openedAt: null,
    open: false,
    covered,
    coveredSince: null,
    runs: [],
    openRuns: [],
    latest: {},
    holds: new Map(),
    cause: null,
    ticketHolds: [],
    metEver: 0,
    metSinceReopening: 0,
    replannings: [],
  };
}

/** Everything that the event does to the clocks. What lies before its instant has been missed already. */
export function applyEvent(clocks: TicketClocks, event: ClockEvent): void {
  const { type, at } = event;
  clocks.cause = event.id;
  if (clocks.openedAt === null) {
    if (type !== 'TicketOpened') return;
    clocks.openedAt = at;
    clocks.open = true;
    startObjectives(clocks, startedByOpening, at);
    return;
  }
  meet(clocks, event);
  switch (type) {
    case 'ClockHeld':
      return hold(clocks, event);
    case 'ClockReleased':
      return release(clocks, event);
    case 'PriorityChanged':
      return changePriority(clocks, event.priority ?? clocks.priority, at);
    case 'TurnaroundAgreed':
      return agreeTurnaround(clocks, event.dueAt ?? at, at);
    case 'CustomerIdentified':
      return identify(clocks, event);
    case 'TicketOpened':
      return;
    default:
      return applyPlain(clocks, type, at);
  }
}

/** What a type does that says all by itself, as its traits have it. */
function applyPlain(clocks: TicketClocks, type: TypeWithoutClockData, at: EpochMilliseconds): void {
  const { leadsTo } = eventTraits[type];
  if (leadsTo === 'open') reopen(clocks, startedBy(type), at);
  else if (leadsTo !== null) endTicket(clocks, at);
  else startObjectives(clocks, startedBy(type), at);
}

/** The thresholds before `instant` are missed, or with `inclusive` those at it too. */
export function missThresholds(clocks: TicketClocks, instant: EpochMilliseconds, inclusive: boolean): void {
  if (!clocks.covered) return;
  for (const run of clocks.openRuns) missUntil(run, instant, inclusive);
}

function meet(clocks: TicketClocks, { type, at }: ClockEvent): void {
  const metrics = metBy(type);
  if (metrics === 0) return;
  // From the last one on: what ends leaves the list.
  for (let index = clocks.openRuns.length - 1; index >= 0; index -= 1) {
    const run = clocks.openRuns[index] as ClockRun;
    if ((metricBit(run.objective) & metrics) === 0) continue;
    run.metAt = at;
    end(clocks, run, at, 'met');
  }
  clocks.metEver |= metrics;
  clocks.metSinceReopening |= metrics;
}

/** An ended clock always has its thresholds: a hold still on counts as released. They never move again. */
export function end(
  { cause, openRuns }: TicketClocks,
  run: ClockRun,
  at: EpochMilliseconds,
  by: NonNullable<ClockRun['endedBy']>,
): void {
  if (run.heldSince !== null) {
    releaseRun(run, at, cause);
    place(run);
  }
  run.endedAt = at;
  run.endedBy = by;
  run.endCause = cause;
  openRuns.splice(openRuns.indexOf(run), 1);
}

function begin(
  clocks: TicketClocks,
  metric: Metric,
  at: EpochMilliseconds,
  terms: Parameters<typeof startRun>[5],
): void {
  const occurrence = (clocks.latest[metric]?.occurrence ?? 0) + 1;
  const run = startRun(metric, occurrence, at, clocks.priority, clocks.cause, terms);
  holdIfAny(clocks, run, at);
  place(run);
  clocks.runs.push(run);
  clocks.openRuns.push(run);
  clocks.latest[metric] = run;
}

/** Objectives of the present priority among `metrics` that have no open clock; a ticket that is not open starts none. */
function startObjectives(clocks: TicketClocks, metrics: Metrics, at: EpochMilliseconds): void {
  if (!clocks.open) return;
  for (const objective of clocks.plan.objectives(clocks.priority)) {
    const { metric } = objective;
    if ((metricBit(metric) & metrics) === 0 || hasOpenClock(clocks, metric)) continue;
    begin(clocks, metric, at, termsOf(objective, at));
  }
}

function hasOpenClock({ openRuns }: TicketClocks, metric: Metric): boolean {
  for (const run of openRuns) if (run.objective === metric) return true;
  return false;
}

/** As at a change of priority: unless an event that meets it has happened since the opening, or the reopening. */
export function startUnlessMet(clocks: TicketClocks, at: EpochMilliseconds): void {
  const met = (clocks.metEver & ~takenBackByReopening) | (clocks.metSinceReopening & takenBackByReopening);
  startObjectives(clocks, startedByOpening & ~met, at);
}

function holdIfAny({ holds }: TicketClocks, run: ClockRun, at: EpochMilliseconds): void {
  for (const [reason, cause] of holds) {
    if ((run.holds & reasonBit(reason)) === 0) continue;
    run.heldSince = { from: at, reason, cause };
    return;
  }
}

function hold(clocks: TicketClocks, { reason, at, id: cause }: ClockEvent): void {
  if (reason === undefined || clocks.holds.has(reason)) return;
  clocks.holds.set(reason, cause);
  clocks.ticketHolds.push({ reason, from: at, to: Number.POSITIVE_INFINITY });
  for (const run of clocks.openRuns) {
    if (run.heldSince !== null || (run.holds & reasonBit(reason)) === 0) continue;
    run.heldSince = { from: at, reason, cause };
    place(run);
  }
}

function release(clocks: TicketClocks, { reason, at }: ClockEvent): void {
  if (reason === undefined || !clocks.holds.delete(reason)) return;
  endTicketHolds(clocks, at, reason);
  for (const run of clocks.openRuns) {
    if (run.heldSince?.reason !== reason) continue;
    releaseRun(run, at, clocks.cause);
    // Another hold may be on that this one was hiding.
    holdIfAny(clocks, run, at);
    place(run);
  }
}

/** Those that are on; with a reason, that one only. */
function endTicketHolds({ ticketHolds }: TicketClocks, at: EpochMilliseconds, reason?: HoldReason): void {
  for (const each of ticketHolds) {
    if (each.to === Number.POSITIVE_INFINITY && (reason === undefined || each.reason === reason))
      each.to = at;
  }
}

function changePriority(clocks: TicketClocks, priority: string, at: EpochMilliseconds): void {
  if (priority === clocks.priority) return;
  clocks.priority = priority;
  if (!clocks.open) return;
  const objectives = clocks.plan.objectives(priority);
  for (let index = clocks.openRuns.length - 1; index >= 0; index -= 1) {
    const run = clocks.openRuns[index] as ClockRun;
    if (run.breach !== null) continue;
    const objective = run.agreed ? undefined : objectives.find(({ metric }) => metric === run.objective);
    if (objective === undefined) end(clocks, run, at, 'change');
    else if (clocks.plan.priorityChange === 'restart') restart(clocks, run, objective, at);
    else retune(clocks, run, objective, at);
  }
  startUnlessMet(clocks, at);
}

/** Other terms from the clock's own start; time already held stays uncounted, hold reasons count from now on. */
export function retune(
  clocks: TicketClocks,
  run: ClockRun,
  objective: CompiledObjective,
  at: EpochMilliseconds,
): void {
  takeTerms(clocks, run, objective, at);
  if (clocks.covered) missBefore(run, at);
}

/** As `retune`, but nothing is missed by it. */
export function takeTerms(
  clocks: TicketClocks,
  run: ClockRun,
  objective: CompiledObjective,
  at: EpochMilliseconds,
): void {
  setTerms(run, termsOf(objective, run.startedAt));
  run.priority = clocks.priority;
  if (run.heldSince === null || !stillHeld(clocks.holds, run.heldSince.reason, run.holds)) {
    releaseRun(run, at, clocks.cause);
    holdIfAny(clocks, run, at);
  }
  place(run);
}

function stillHeld(holds: TicketClocks['holds'], reason: HoldReason | 'not-open', listed: Reasons): boolean {
  return reason !== 'not-open' && holds.has(reason) && (listed & reasonBit(reason)) !== 0;
}

function restart(
  clocks: TicketClocks,
  run: ClockRun,
  objective: CompiledObjective,
  at: EpochMilliseconds,
): void {
  const { priority, cause: startCause } = clocks;
  const anew = { priority, startedAt: at, startCause, held: [], heldSince: null };
  Object.assign(run, termsOf(objective, at), anew);
  holdIfAny(clocks, run, at);
  place(run);
}

function agreeTurnaround(clocks: TicketClocks, dueAt: EpochMilliseconds, at: EpochMilliseconds): void {
  if (!clocks.open || dueAt <= at || !clocks.plan.offersTurnaround(clocks.priority)) return;
  const terms = (startedAt: EpochMilliseconds) => ({
    agreed: true,
    calendar: alwaysOpen,
    calendarId: null,
    holds: 0,
    target: null,
    max: dueAt - startedAt,
  });
  const present = clocks.openRuns.find((run) => run.objective === 'resolution');
  if (present !== undefined && present.breach === null) {
    releaseRun(present, at, clocks.cause);
    Object.assign(present, terms(present.startedAt), { held: [] });
    return place(present);
  }
  if (present !== undefined) end(clocks, present, at, 'agreement');
  begin(clocks, 'resolution', at, terms(at));
}

/** Resolution, decline and closing release every hold; what is still open then is cancelled. */
function endTicket(clocks: TicketClocks, at: EpochMilliseconds): void {
  while (clocks.open && clocks.openRuns.length > 0)
    end(clocks, clocks.openRuns.at(-1) as ClockRun, at, 'ending');
  clocks.open = false;
  clocks.holds.clear();
  endTicketHolds(clocks, at);
}

/** Takes back what the ending did: resolution and restore are not met, and what the ending cancelled runs on. */
function reopen(clocks: TicketClocks, starts: Metrics, at: EpochMilliseconds): void {
  if (clocks.open) return;
  clocks.open = true;
  clocks.metSinceReopening = 0;
  for (const objective of clocks.plan.objectives(clocks.priority)) {
    const run = clocks.latest[objective.metric];
    if (run === undefined || run.agreed || run.endedAt === null) continue;
    const takenBack =
      (run.metAt !== null && (metricBit(run.objective) & takenBackByReopening) !== 0) ||
      (run.endedBy === 'ending' && run.objective !== 'update');
    if (!takenBack) continue;
    if (at > run.endedAt)
      run.held.push({
        from: run.endedAt,
        to: at,
        reason: 'not-open',
        cause: run.endCause,
        endCause: clocks.cause,
      });
    else countFromReopening(clocks, run, at);
    Object.assign(run, { metAt: null, endedAt: null, endedBy: null, endCause: null });
    clocks.openRuns.push(run);
    if (run.breach === null) retune(clocks, run, objective, at);
    else holdIfAny(clocks, run, at);
  }
  startObjectives(clocks, starts, at);
  startUnlessMet(clocks, at);
}

/** Of a hold that the ending released within the same instant: it is the reopening from which time counts again. */
function countFromReopening({ cause }: TicketClocks, run: ClockRun, at: EpochMilliseconds): void {
  const last = run.held.at(-1);
  if (last?.to === at) run.held[run.held.length - 1] = { ...last, endCause: cause };
}

/** The caller is known from here on: the clocks count from the opening, and none breaches before this instant. */
function identify(clocks: TicketClocks, { at, covered }: ClockEvent): void {
  if (clocks.covered || covered !== true) return;
  clocks.covered = true;
  clocks.coveredSince = at;
  for (const run of clocks.openRuns) missBefore(run, at);
}
