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
  /** In order, clipped to the asked stretch; `reason` where an exception opens them. */
  intervals: { from: EpochMilliseconds; to: EpochMilliseconds; reason: string | null }[];
  closed: ClosedDay[];
}

/** Every open interval between two instants, and why the days between that have none are closed. */
export function listCalendar(
  calendar: CompiledCalendar,
  from: EpochMilliseconds,
  to: EpochMilliseconds,
): CalendarListing {
  const { days } = calendar;
  const intervals: CalendarListing['intervals'] = [];
  for (const { kind, from: opens, to: closes, reason } of segments(calendar, from, to)) {
    if (kind !== 'open') continue;
    const last = intervals[intervals.length - 1];
    if (last !== undefined && last.to === opens && last.reason === reason) last.to = closes;
    else intervals.push({ from: opens, to: closes, reason });
  }
  const closed: ClosedDay[] = [];
  for (let day = days.dayOf(from); day <= days.dayOf(to - 1); day += 1) {
    if (merge(days.windowsOf(day)).length > 0) continue;
    const mark = days.markOf(day);
    closed.push({ date: days.dateOf(day), kind: mark?.kind ?? 'weekday', reason: mark?.reason ?? null });
  }
  return { intervals, closed };
}

/** The instant at which a local date, `YYYY-MM-DD`, begins in the calendar's zone; `days` later where given. */
export function beginOfDate(calendar: CompiledCalendar, date: string, days = 0): EpochMilliseconds {
  return calendar.days.beginOf(Date.parse(`${date}T00:00:00Z`) / dayMilliseconds + days);
}
