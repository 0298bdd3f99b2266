import { type HoldParty, holdParties } from '../../ticket/vocabulary.ts';
import { type CalendarSegment, segments } from '../calendar/index.ts';
import type { Cause, ClockRun, Held } from '../clocks/clock-run.ts';
import type { EpochMilliseconds } from '../types.ts';

/** What of a calendar closes a stretch, or leaves it open. */
export interface CalendarEntry {
  /** `catalog.calendar`, as the API names calendars. */
  calendar: string;
  /**
   * The local date, `YYYY-MM-DD`, of a holiday or an exception; of hours that the week closes, the one on which they
   * begin; null for hours that the week opens.
   */
  date: string | null;
  /** The holiday's name, or the exception's reason. */
  name: string | null;
}

/** A stretch of time and what it meant for the clock. */
export interface LedgerSegment {
  from: EpochMilliseconds;
  to: EpochMilliseconds;
  kind: 'before-start' | 'counted' | 'closed' | 'holiday' | 'exception' | 'held';
  /** What it adds to `served`: its length when counted, else 0. */
  counted: number;
  /** The holiday's name, the exception's or the hold's reason; `not-open` from the clock's end to a reopening. */
  reason: string | null;
  /** Who made it wait; null for what is not a hold. */
  party: HoldParty | null;
  /**
   * Before the start and while it counts, the event that started the clock, or that ended the hold before it; while
   * it is held, the event that placed the hold, or that ended the clock until the reopening. Null where the calendar
   * is the cause, or an amendment.
   */
  causeEventId: string | null;
  /** In place of an event: the position in the log of what amended the plan. */
  amendmentPosition: number | null;
  /** Null before the start, and for an agreed turnaround, which no calendar moves. */
  calendarEntry: CalendarEntry | null;
}

/** What of a ledger is asked for: the segments from `from` on, which is the end of one, and so many at most. */
export interface LedgerPart {
  from: EpochMilliseconds;
  most: number;
}

/**
 * What the time from the opening to `until` meant for a clock, without gaps, in order. The calendar is the one in
 * force for the clock. Closed hours are closed also while a hold is on: no one is made to wait when no one works, so
 * a hold is charged to its party with open time only.
 */
export function buildLedger(
  run: ClockRun,
  catalog: string,
  openedAt: EpochMilliseconds,
  until: EpochMilliseconds,
  { from: begin, most }: LedgerPart = { from: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY },
): LedgerSegment[] {
  const ledger: LedgerSegment[] = [];
  if (Math.max(openedAt, begin) < run.startedAt) {
    const from = { from: openedAt, to: run.startedAt };
    ledger.push({ ...from, ...uncounted, kind: 'before-start', ...causeOf(run.startCause) });
  }
  const holds: Held[] = [...run.held];
  if (run.heldSince !== null) holds.push({ ...run.heldSince, to: until, endCause: null });
  for (const stretch of segments(run.calendar, Math.max(run.startedAt, begin), until, most)) {
    const { from, to, kind, reason } = stretch;
    const entry = { calendarEntry: entryOf(run, catalog, stretch) };
    if (kind === 'open') addOpen(ledger, stretch, holds, run.startCause, entry);
    else ledger.push({ from, to, ...uncounted, kind, reason, ...entry });
  }
  return ledger.length > most ? ledger.slice(0, most) : ledger;
}

const uncounted = {
  counted: 0,
  reason: null,
  party: null,
  causeEventId: null,
  amendmentPosition: null,
  calendarEntry: null,
};

/** Cuts an open stretch where holds begin and end. */
function addOpen(
  ledger: LedgerSegment[],
  { from, to, reason }: CalendarSegment,
  holds: readonly Held[],
  startCause: Cause,
  entry: Pick<LedgerSegment, 'calendarEntry'>,
): void {
  let at = from;
  let cause = startCause;
  const count = (until: EpochMilliseconds) => {
    if (until <= at) return;
    const counted = { from: at, to: until, ...uncounted, kind: 'counted' as const, counted: until - at };
    ledger.push({ ...counted, reason, ...causeOf(cause), ...entry });
    at = until;
  };
  for (const held of holds) {
    if (held.from >= to) break;
    count(held.from);
    const until = Math.min(held.to, to);
    if (until > at) {
      const party = held.reason === 'not-open' ? null : holdParties[held.reason];
      const span = { from: at, to: until, ...uncounted, kind: 'held' as const };
      ledger.push({ ...span, reason: held.reason, party, ...causeOf(held.cause), ...entry });
      at = until;
    }
    cause = held.endCause;
  }
  count(to);
}

function causeOf(cause: Cause): Pick<LedgerSegment, 'causeEventId' | 'amendmentPosition'> {
  return {
    causeEventId: typeof cause === 'string' ? cause : null,
    amendmentPosition: typeof cause === 'number' ? cause : null,
  };
}

function entryOf(
  { calendarId }: ClockRun,
  catalog: string,
  { date, reason: name }: CalendarSegment,
): CalendarEntry | null {
  return calendarId === null ? null : { calendar: `${catalog}.${calendarId}`, date, name };
}
