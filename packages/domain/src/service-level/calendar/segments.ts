import type { EpochMilliseconds } from '../types.ts';
import { type CompiledCalendar, merge } from './compiled-calendar.ts';
import type { Day } from './windows.ts';

/** A stretch of a calendar: open, or closed and why. */
export interface CalendarSegment {
  from: EpochMilliseconds;
  to: EpochMilliseconds;
  kind: 'open' | 'closed' | 'holiday' | 'exception';
  /** The holiday's name, or the exception's reason; also for the hours that an exception opens. */
  reason: string | null;
  /**
   * The local date, `YYYY-MM-DD`, of the holiday or of the exception that closes or opens it; of hours that the week
   * closes, the one on which they begin; null for hours that the week opens.
   */
  date: string | null;
}

/**
 * What [from, to) consists of, without gaps, in order; the first `most` segments of it. Each holiday and each exception
 * has its own segments.
 */
export function segments(
  calendar: CompiledCalendar,
  from: EpochMilliseconds,
  to: EpochMilliseconds,
  most = Number.POSITIVE_INFINITY,
): CalendarSegment[] {
  const { days } = calendar;
  const found: CalendarSegment[] = [];
  const add = (segment: CalendarSegment) => {
    const begin = Math.max(from, segment.from);
    const end = Math.min(to, segment.to);
    if (end <= begin) return;
    const last = found[found.length - 1];
    if (last !== undefined && last.to === begin && isSameEntry(last, segment)) last.to = end;
    else found.push({ ...segment, from: begin, to: end });
  };
  if (to <= from) return found;
  const lastDay = days.dayOf(to);
  // The last segment may still grow; those before it do not.
  for (let day = days.dayOf(from); day <= lastDay && found.length <= most; day += 1) {
    const end = days.beginOf(day + 1);
    const mark = days.markOf(day);
    const closed = {
      kind: mark?.kind ?? ('closed' as const),
      reason: mark?.reason ?? null,
      date: days.dateOf(day),
    };
    let at = days.beginOf(day);
    for (const { window, opens } of windowsAround(calendar, day)) {
      const begin = Math.max(at, window.from);
      const until = Math.min(end, window.to);
      if (until <= begin) continue;
      add({ from: at, to: begin, ...closed });
      add({ from: begin, to: until, kind: 'open', ...opens });
      at = until;
    }
    add({ from: at, to: end, ...closed });
  }
  return found.length > most ? found.slice(0, most) : found;
}

/** The windows that may be open on a date, by opening, each with the exception that opens it. */
function windowsAround({ days }: CompiledCalendar, day: Day) {
  return [day - 2, day - 1, day]
    .flatMap((owner) => {
      const mark = days.markOf(owner);
      const opens =
        mark?.kind === 'exception'
          ? { reason: mark.reason, date: days.dateOf(owner) }
          : { reason: null, date: null };
      return merge(days.windowsOf(owner)).map((window) => ({ window, opens }));
    })
    .sort((a, b) => a.window.from - b.window.from);
}

/** Hours that the week closes are one entry, however many dates they run over. */
function isSameEntry(one: CalendarSegment, other: CalendarSegment): boolean {
  return (
    one.kind === other.kind &&
    one.reason === other.reason &&
    (one.kind === 'closed' || one.date === other.date)
  );
}
