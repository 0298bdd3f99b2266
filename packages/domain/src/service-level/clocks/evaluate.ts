import type { Clock, ClockEvent, EpochMilliseconds, PlanInForce, Replanning, Threshold } from '../types.ts';
import { amend } from './amend.ts';
import { describeRun } from './clock-run.ts';
import type { CompiledTerms } from './plan.ts';
import { applyEvent, missThresholds, newTicketClocks, type TicketClocks } from './ticket-clocks.ts';

export interface ServiceLevelHistory {
  /** First the plan as known at the opening, then its amendments. */
  plans: PlanInForce[];
  /** In the order of recording. */
  events: ClockEvent[];
  /** What happened after it is not considered. */
  asOf: EpochMilliseconds;
}

export interface Evaluation {
  /** Ordered by start, objective (by name) and occurrence. */
  clocks: Clock[];
  /** The earliest of `thresholds`. */
  nextThreshold: Threshold | null;
  /** Those of open clocks that are still ahead; what a hold keeps away is not among them. */
  thresholds: Threshold[];
  /** Deadlines that amendments moved, in order. */
  replannings: Replanning[];
}

/**
 * The clocks of a ticket at an instant, from its history and its plan. Pure: the service, the simulation, the
 * explanation and the timer all ask here.
 */
export function evaluate(history: ServiceLevelHistory): Evaluation {
  const clocks = walk(history);
  if (clocks === null || !clocks.covered)
    return { clocks: [], nextThreshold: null, thresholds: [], replannings: [] };
  const described = clocks.runs.map((run) => describeRun(run, history.asOf)).sort(byStart);
  const thresholds: Threshold[] = [];
  let nextThreshold: Threshold | null = null;
  for (const clock of described) addThresholds(clock, thresholds);
  for (const threshold of thresholds) {
    if (nextThreshold === null || threshold.at < nextThreshold.at) nextThreshold = threshold;
  }
  return { clocks: described, nextThreshold, thresholds, replannings: clocks.replannings };
}

type Occurrence = Pick<Clock, 'startedAt' | 'objective' | 'occurrence'>;

/** By start, objective (by name) and occurrence. */
export function byStart(a: Occurrence, b: Occurrence): number {
  return (
    a.startedAt - b.startedAt ||
    (a.objective < b.objective ? -1 : a.objective > b.objective ? 1 : a.occurrence - b.occurrence)
  );
}

/** Adds those of an open clock that are still ahead. */
export function addThresholds(clock: Clock, thresholds: Threshold[]): void {
  const { objective, occurrence, endedAt, targetMissedAt, breachedAt, targetAt, dueAt } = clock;
  if (endedAt !== null) return;
  if (targetAt !== null && targetMissedAt === null)
    thresholds.push({ at: targetAt, objective, occurrence, kind: 'target' });
  if (dueAt !== null && breachedAt === null)
    thresholds.push({ at: dueAt, objective, occurrence, kind: 'max' });
}

/** Walks the history up to `asOf`; null when the ticket was not open by then, or has no plan at all. */
export function walk({ plans, events, asOf }: ServiceLevelHistory): TicketClocks | null {
  const [first] = plans;
  if (first === undefined) return null;
  const sorted = inOrder(events);
  const opening = sorted.find(({ type }) => type === 'TicketOpened');
  if (opening === undefined || opening.at > asOf) return null;
  const identified = opening.covered === false ? sorted.find(bringsCover) : undefined;
  const priority = identified?.priority ?? opening.priority ?? '';
  const clocks = newTicketClocks(first.plan as CompiledTerms, priority, opening.covered !== false);
  let amended = 1;
  const amendUntil = (instant: EpochMilliseconds) => {
    for (let next = plans[amended]; next !== undefined && next.from <= instant; next = plans[amended]) {
      missThresholds(clocks, next.from, false);
      amend(clocks, next);
      amended += 1;
    }
  };
  for (const event of sorted) {
    if (event.at > asOf) break;
    if (amended < plans.length) amendUntil(event.at);
    missThresholds(clocks, event.at, false);
    // Until the caller is known its priority is the one that the identification names.
    if (event.type === 'PriorityChanged' && identified !== undefined && !clocks.covered) continue;
    applyEvent(clocks, event);
  }
  amendUntil(asOf);
  missThresholds(clocks, asOf, true);
  return clocks;
}

const bringsCover = ({ type, covered }: ClockEvent): boolean =>
  type === 'CustomerIdentified' && covered === true;

/** By `at`; equal instants in the order of recording. Most histories are in order already. */
function inOrder(events: ClockEvent[]): ClockEvent[] {
  for (let index = 1; index < events.length; index += 1) {
    if ((events[index] as ClockEvent).at < (events[index - 1] as ClockEvent).at) {
      return events.toSorted((a, b) => a.at - b.at);
    }
  }
  return events;
}
