import { type HoldParty, holdParties, type Metric } from '../../ticket/vocabulary.ts';
import { openBetween } from '../calendar/index.ts';
import { zoneOf } from '../calendar/zone.ts';
import { type ClockRun, describeRun, reach } from '../clocks/clock-run.ts';
import { addThresholds, byStart, type ServiceLevelHistory, walk } from '../clocks/evaluate.ts';
import type { TicketClocks } from '../clocks/ticket-clocks.ts';
import { toInstant } from '../instant-text.ts';
import type { Clock, EpochMilliseconds, Threshold } from '../types.ts';
import { attributeWaiting, type Waiting } from './attribution.ts';

export type OutcomeState = 'met' | 'breached' | 'cancelled' | 'open';

export const parties = [...new Set(Object.values(holdParties))] as HoldParty[];
/**
 * How else a clock can be read than its contract reads it. `gross`: no hold is deducted, all waiting is ours. A party:
 * that party's holds are deducted and no other's. `all`: every hold is, also those that the objective does not list.
 */
export const readings = ['gross', ...parties, 'all'] as const;
export type Reading = 'gross' | HoldParty | 'all';

const nobody = Object.fromEntries(parties.map((party) => [party, 0])) as Outcome['held'];

/** What became of one occurrence of an objective. Instants are epoch milliseconds, durations milliseconds. */
export interface Outcome {
  catalog: string;
  plan: string;
  /** Whose objective it was: the ticket's, until the clock was breached or ended. */
  priority: string;
  objective: Metric;
  occurrence: number;
  /** Of the start, in the provider's time zone: `2026-03`. */
  month: string;
  state: OutcomeState;
  startedAt: EpochMilliseconds;
  /** Met, cancelled, or at the ticket's end; null while the clock is open, breached or not. */
  endedAt: EpochMilliseconds | null;
  metAt: EpochMilliseconds | null;
  /** Null while a hold keeps it away. */
  dueAt: EpochMilliseconds | null;
  breachedAt: EpochMilliseconds | null;
  /** Served time that the promise allows. */
  allowed: number;
  /** The time that it took as the contract counts it: open time of the clock's calendar less what stopped the clock. */
  served: number;
  /**
   * Open time from the start to the end, or to the asking instant, without the time from an end that a reopening took back
   * until that reopening.
   */
  gross: number;
  /** The part of `gross` in which the ticket was on hold, by the party behind it; each instant counts once. */
  held: { [party in HoldParty]: number };
  /** Where the deadline of this clock lies under each reading; null while a hold that is deducted is on. */
  deadlines: { [reading in Reading]: EpochMilliseconds | null };
  /** Before it nothing breaches: the caller was not identified yet. Null where that never was. */
  judgedFrom: EpochMilliseconds | null;
  readings: { [reading in Reading]: OutcomeState };
}

/**
 * What became of every clock of a ticket, at `asOf`, ordered as `evaluate` orders clocks. Empty without cover.
 *
 * Each reading keeps the clock's start, end, calendar and allowance as they are and moves its deadline only: it asks
 * whether the same clock would have been met, had these holds been deducted and no others.
 */
export function outcomesOf(history: ServiceLevelHistory): Outcome[] {
  return outlookOf(history).outcomes;
}

interface Outlook {
  outcomes: Outcome[];
  /** As `evaluate` gives them. */
  thresholds: Threshold[];
}

/** What became of the clocks and what lies ahead of them, in one walk through the history. */
export function outlookOf(history: ServiceLevelHistory): Outlook {
  const clocks = walk(history);
  const outlook: Outlook = { outcomes: [], thresholds: [] };
  if (clocks === null || !clocks.covered) return outlook;
  for (const run of clocks.runs.toSorted(byStart)) {
    const clock = describeRun(run, history.asOf);
    outlook.outcomes.push(outcomeOf(run, clock, clocks, history.asOf));
    addThresholds(clock, outlook.thresholds);
  }
  return outlook;
}

function outcomeOf(run: ClockRun, clock: Clock, clocks: TicketClocks, asOf: EpochMilliseconds): Outcome {
  const { priority, objective, occurrence, startedAt, endedAt, metAt } = run;
  const { dueAt, breachedAt, served } = clock;
  const waiting = attributeWaiting(run, clocks.ticketHolds);
  const until = endedAt ?? asOf;
  const held: Outcome['held'] = { ...nobody };
  let gross = openBetween(run.calendar, startedAt, until);
  for (const { from, to, party } of waiting) {
    const open = openBetween(run.calendar, from, Math.min(to, until));
    if (party === 'not-open') gross -= open;
    else held[party] += open;
  }
  const judgedFrom = clocks.coveredSince;
  const deadlines = {} as Outcome['deadlines'];
  const states = {} as Outcome['readings'];
  for (const reading of readings) {
    // Where no one was waited for, all readings are as the first.
    const isOfItsOwn = reading === 'gross' || waiting.length > 0;
    deadlines[reading] = isOfItsOwn ? deadlineUnder(run, waiting, reading) : deadlines.gross;
    states[reading] = isOfItsOwn
      ? stateBy(deadlines[reading], { endedAt, metAt, judgedFrom }, asOf)
      : states.gross;
  }
  const state =
    breachedAt !== null ? 'breached' : metAt !== null ? 'met' : endedAt !== null ? 'cancelled' : 'open';
  return {
    catalog: clocks.plan.catalog,
    plan: clocks.plan.plan,
    priority,
    objective,
    occurrence,
    month: monthOf(startedAt, clocks.plan.timeZone),
    state,
    startedAt,
    endedAt,
    metAt,
    dueAt,
    breachedAt,
    allowed: run.max,
    served,
    gross,
    held,
    deadlines,
    judgedFrom,
    // Nothing deducted can only be worse than what the contract deducts, also where both fall on one instant.
    readings: state === 'breached' ? { ...states, gross: 'breached' } : states,
  };
}

function deadlineUnder(
  { calendar, startedAt, max }: ClockRun,
  waiting: readonly Waiting[],
  reading: Reading,
): EpochMilliseconds | null {
  const deducted = waiting.filter(
    ({ party }) => party === 'not-open' || (reading !== 'gross' && (reading === 'all' || party === reading)),
  );
  const on = deducted.find(({ to }) => to === Number.POSITIVE_INFINITY);
  const held = deducted.filter((each) => each !== on);
  return reach({ calendar, startedAt, held, heldSince: on ?? null }, max);
}

/** The state of a clock with another deadline: an end at exactly the deadline comes before the miss. */
function stateBy(
  deadline: EpochMilliseconds | null,
  { endedAt, metAt, judgedFrom }: Pick<Outcome, 'endedAt' | 'metAt' | 'judgedFrom'>,
  asOf: EpochMilliseconds,
): OutcomeState {
  if (deadline !== null) {
    const missedAt = Math.max(deadline, judgedFrom ?? deadline);
    if (endedAt === null ? missedAt <= asOf : missedAt < endedAt) return 'breached';
  }
  return metAt !== null ? 'met' : endedAt !== null ? 'cancelled' : 'open';
}

function monthOf(instant: EpochMilliseconds, timeZone: string): string {
  return toInstant(zoneOf(timeZone).toLocal(instant)).slice(0, 7);
}
