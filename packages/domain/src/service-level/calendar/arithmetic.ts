import type { EpochMilliseconds } from '../types.ts';
import { type CompiledCalendar, cover, coverMore } from './compiled-calendar.ts';
import type { Duration } from './durations.ts';
import { dayMilliseconds } from './windows.ts';

/** The first interval that closes after an instant that is covered; the number of intervals when none does. */
function intervalAfter({ closes, byDay, from }: CompiledCalendar, instant: EpochMilliseconds): number {
  const day = Math.floor((instant - from) / dayMilliseconds);
  let low = byDay[day] as number;
  let high = byDay[day + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((closes[middle] as number) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Open time from the beginning of what is compiled to an instant, given the interval that closes after it. */
function openBefore({ opens, sums }: CompiledCalendar, instant: EpochMilliseconds, index: number): number {
  const into = index < opens.length ? instant - (opens[index] as number) : 0;
  return (sums[index] as number) + Math.max(into, 0);
}

/** Open time in [from, to), milliseconds; 0 when `to` is not after `from`. */
export function openBetween(
  calendar: CompiledCalendar,
  from: EpochMilliseconds,
  to: EpochMilliseconds,
): number {
  if (to <= from) return 0;
  if (from < calendar.from || from >= calendar.to) cover(calendar, from);
  if (to >= calendar.to || to < calendar.from) cover(calendar, to);
  return (
    openBefore(calendar, to, intervalAfter(calendar, to)) -
    openBefore(calendar, from, intervalAfter(calendar, from))
  );
}

/**
 * The earliest instant by which `duration` milliseconds are served from `from` on. One that falls on a close is that
 * close, not the next opening; a start at a close counts from the next opening; nothing added in closed hours gives
 * the next opening.
 */
export function advance(
  calendar: CompiledCalendar,
  from: EpochMilliseconds,
  duration: number,
): EpochMilliseconds {
  if (from < calendar.from || from >= calendar.to) cover(calendar, from);
  let index = intervalAfter(calendar, from);
  while (index >= calendar.opens.length) {
    coverMore(calendar);
    index = intervalAfter(calendar, from);
  }
  if (duration <= 0) return Math.max(from, calendar.opens[index] as number);
  const target = openBefore(calendar, from, index) + duration;
  // More of the future changes no sum of the past, so the target stays what it is.
  while (target > (calendar.sums[calendar.sums.length - 1] as number)) coverMore(calendar);
  const { sums, opens } = calendar;
  let step = 1;
  let low = index;
  while (low + step < opens.length && (sums[low + step] as number) < target) {
    low += step;
    step *= 2;
  }
  let high = Math.min(opens.length - 1, low + step);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sums[middle + 1] as number) >= target) high = middle;
    else low = middle + 1;
  }
  return (opens[low] as number) + target - (sums[low] as number);
}

/** The instant itself while it is open, else the next opening. */
export function nextOpening(calendar: CompiledCalendar, from: EpochMilliseconds): EpochMilliseconds {
  return advance(calendar, from, 0);
}

/**
 * What a duration means for a clock that starts at `start`, as served milliseconds: days and business days are the
 * open time up to their nominal end. `P2D`: the same wall-clock time two local days later. `P1BD`: the last close of
 * the first date after the start's that has an opening with length.
 */
export function nominalServed(
  calendar: CompiledCalendar,
  start: EpochMilliseconds,
  duration: Duration,
): number {
  if (duration.kind === 'exact') return duration.milliseconds;
  return openBetween(calendar, start, nominalEnd(calendar, start, duration));
}

function nominalEnd(
  calendar: CompiledCalendar,
  start: EpochMilliseconds,
  duration: Exclude<Duration, { kind: 'exact' }>,
): EpochMilliseconds {
  const { days } = calendar;
  if (duration.kind === 'days') {
    return days.zone.fromLocalBeforeGap(days.zone.toLocal(start) + duration.days * dayMilliseconds);
  }
  let day = days.dayOf(start);
  let left = duration.days;
  let close = start;
  while (left > 0) {
    day += 1;
    // Throws where the calendar does not open any more.
    if (day * dayMilliseconds >= calendar.to) cover(calendar, day * dayMilliseconds);
    const windows = days.windowsOf(day);
    if (windows.length === 0) continue;
    left -= 1;
    close = Math.max(...windows.map(({ to }) => to));
  }
  return close;
}
