import type { EpochMilliseconds } from '../types.ts';
import {
  type CalendarPage,
  type CompiledCalendar,
  pageAt,
  pageNumber,
  pageTotal,
  requireReach,
  stridesPerMillisecond,
} from './compiled-calendar.ts';
import type { Duration } from './durations.ts';
import { dayMilliseconds } from './windows.ts';

/** The first interval of a page that closes after an instant in it; the number of intervals when none does. */
function intervalAfter({ closes, byStride, from }: CalendarPage, instant: EpochMilliseconds): number {
  const stride = Math.floor((instant - from) * stridesPerMillisecond);
  let low = byStride[stride] as number;
  let high = byStride[stride + 1] as number;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((closes[middle] as number) > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Open time from the beginning of a page to an instant in it, given the interval that closes after it. */
function openBefore({ opens, sums }: CalendarPage, instant: EpochMilliseconds, index: number): number {
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
  const first = pageNumber(from);
  const last = pageNumber(to);
  const begin = calendar.pages[first] ?? pageAt(calendar, first);
  let open = -openBefore(begin, from, intervalAfter(begin, from));
  for (let number = first; number < last; number += 1) open += pageTotal(calendar, number);
  const end = first === last ? begin : pageAt(calendar, last);
  return open + openBefore(end, to, intervalAfter(end, to));
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
  let number = pageNumber(from);
  let page = calendar.pages[number] ?? pageAt(calendar, number);
  let index = intervalAfter(page, from);
  if (duration <= 0) {
    while (index >= page.opens.length) {
      number += 1;
      page = pageAt(calendar, number);
      index = 0;
    }
    return Math.max(from, page.opens[index] as number);
  }
  let target = openBefore(page, from, index) + duration;
  if (target > page.total) {
    while (target > pageTotal(calendar, number)) {
      target -= pageTotal(calendar, number);
      number += 1;
    }
    page = pageAt(calendar, number);
    index = 0;
  }
  const { sums, opens } = page;
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
    requireReach(pageNumber(day * dayMilliseconds));
    const windows = days.windowsOf(day);
    if (windows.length === 0) continue;
    left -= 1;
    close = Math.max(...windows.map(({ to }) => to));
  }
  return close;
}
