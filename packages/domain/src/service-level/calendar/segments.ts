import type { EpochMilliseconds } from '../types.ts';
import { type CompiledCalendar, merge } from './compiled-calendar.ts';

/** A stretch of a calendar: open, or closed and why. */
export interface CalendarSegment {
  from: EpochMilliseconds;
  to: EpochMilliseconds;
  kind: 'open' | 'closed' | 'holiday' | 'exception';
  /** The holiday's name, or the exception's reason; also for the hours that an exception opens. */
  reason: string | null;
}

/** What [from, to) consists of, without gaps, in order. */
export function segments(
  calendar: CompiledCalendar,
  from: EpochMilliseconds,
  to: EpochMilliseconds,
): CalendarSegment[] {
  const { days } = calendar;
  const found: CalendarSegment[] = [];
  const add = (segment: CalendarSegment) => {
    const begin = Math.max(from, segment.from);
    const end = Math.min(to, segment.to);
    if (end <= begin) return;
    const last = found[found.length - 1];
    if (
      last !== undefined &&
      last.kind === segment.kind &&
      last.reason === segment.reason &&
      last.to === begin
    )
      last.to = end;
    else found.push({ ...segment, from: begin, to: end });
  };
  if (to <= from) return found;
  const lastDay = days.dayOf(to);
  for (let day = days.dayOf(from); day <= lastDay; day += 1) {
    const begin = days.beginOf(day);
    const end = days.beginOf(day + 1);
    const mark = days.markOf(day);
    const reason = mark?.kind === 'exception' ? mark.reason : null;
    const own = merge(days.windowsOf(day));
    // What opened before and runs on belongs to its own day.
    const earlier = merge([...days.windowsOf(day - 1), ...days.windowsOf(day - 2)]);
    const open = merge([
      ...own.map((window) => ({ ...window })),
      ...earlier.map((window) => ({ ...window })),
    ]);
    let at = begin;
    for (const window of open) {
      if (window.to <= begin || window.from >= end) continue;
      add({
        from: at,
        to: Math.max(at, window.from),
        kind: mark?.kind ?? 'closed',
        reason: mark?.reason ?? null,
      });
      const opened = own.some((each) => each.from <= Math.max(window.from, begin) && window.from < each.to);
      const until = Math.min(end, window.to);
      add({ from: Math.max(at, window.from), to: until, kind: 'open', reason: opened ? reason : null });
      at = Math.max(at, until);
    }
    add({ from: at, to: end, kind: mark?.kind ?? 'closed', reason: mark?.reason ?? null });
  }
  return found;
}
