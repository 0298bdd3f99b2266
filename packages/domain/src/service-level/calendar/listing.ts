import type { EpochMilliseconds } from '../types.ts';
import { type CompiledCalendar, merge } from './compiled-calendar.ts';
import { segments } from './segments.ts';
import { dayMilliseconds } from './windows.ts';

/** A local date on which nothing opens. */
interface ClosedDay {
  /** `YYYY-MM-DD`. */
  date: string;
  /** `weekday`: it has no hours in the week. */
  kind: 'weekday' | 'holiday' | 'exception';
  /** The holiday's name, or the exception's reason. */
  reason: string | null;
}

export interface CalendarListing {
  /** Where the listing ends: the end that was asked for, or before it when there is more than is listed. */
  to: EpochMilliseconds;
  /** In order, clipped to the listing; `reason` where an exception opens them. */
  intervals: { from: EpochMilliseconds; to: EpochMilliseconds; reason: string | null }[];
  closed: ClosedDay[];
}

/** A day has 48 windows at most: a listing ends with whole days soon after it has as many intervals as it may. */
const daysAtATime = 7;

/**
 * Every open interval between two instants, and why the days between that have none are closed; with more than `most`
 * intervals it ends early, at the beginning of a local date.
 */
export function listCalendar(
  calendar: CompiledCalendar,
  from: EpochMilliseconds,
  to: EpochMilliseconds,
  most = Number.POSITIVE_INFINITY,
): CalendarListing {
  const { days } = calendar;
  const listing: CalendarListing = { to: from, intervals: [], closed: [] };
  while (listing.to < to && listing.intervals.length <= most) {
    const begin = listing.to;
    listing.to = Math.min(to, days.beginOf(days.dayOf(begin) + daysAtATime));
    addIntervals(listing.intervals, calendar, begin, listing.to);
    addClosed(listing.closed, calendar, begin, listing.to);
  }
  return listing;
}

function addIntervals(
  intervals: CalendarListing['intervals'],
  calendar: CompiledCalendar,
  from: EpochMilliseconds,
  to: EpochMilliseconds,
): void {
  for (const { kind, from: opens, to: closes, reason } of segments(calendar, from, to)) {
    if (kind !== 'open') continue;
    const last = intervals[intervals.length - 1];
    if (last !== undefined && last.to === opens && last.reason === reason) last.to = closes;
    else intervals.push({ from: opens, to: closes, reason });
  }
}

function addClosed(
  closed: ClosedDay[],
  { days }: CompiledCalendar,
  from: EpochMilliseconds,
  to: EpochMilliseconds,
): void {
  for (let day = days.dayOf(from); day <= days.dayOf(to - 1); day += 1) {
    if (merge(days.windowsOf(day)).length > 0) continue;
    const mark = days.markOf(day);
    closed.push({ date: days.dateOf(day), kind: mark?.kind ?? 'weekday', reason: mark?.reason ?? null });
  }
}

/** The instant at which a local date, `YYYY-MM-DD`, begins in the calendar's zone; `days` later where given. */
export function beginOfDate(calendar: CompiledCalendar, date: string, days = 0): EpochMilliseconds {
  return calendar.days.beginOf(Date.parse(`${date}T00:00:00Z`) / dayMilliseconds + days);
}
