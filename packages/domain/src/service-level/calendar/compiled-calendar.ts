import type { EpochMilliseconds } from '../types.ts';
import { CalendarInvalid } from './errors.ts';
import {
  type CalendarDays,
  type CalendarDefinition,
  calendarDays,
  type Day,
  dayMilliseconds,
  type OpenWindow,
} from './windows.ts';

/** A calendar ready for arithmetic. */
export interface CompiledCalendar {
  readonly timeZone: string;
  readonly days: CalendarDays;
  /** Sorted, disjoint, touching nobody: when each interval opens and closes. */
  opens: Float64Array;
  closes: Float64Array;
  /** Open time of all intervals before each one; one entry more than there are intervals. */
  sums: Float64Array;
  /** For each 24 hours from `from` on, and their end: the first interval that closes after it. */
  byDay: Int32Array;
  /** What the arrays cover: the days from `firstDay` to before `lastDay`, and all instants between these. */
  firstDay: Day;
  lastDay: Day;
  from: EpochMilliseconds;
  to: EpochMilliseconds;
}

const yearDays = 366;
const firstPossibleDay = Math.floor(Date.UTC(1890, 0, 1) / 86_400_000);
const lastPossibleDay = Math.floor(Date.UTC(2210, 0, 1) / 86_400_000);
const cacheSize = 500;
const cache = new Map<string, CompiledCalendar>();

/** Compiles a definition; the same definition gives the same calendar. Throws `CalendarInvalid`. */
export function compileCalendar(definition: CalendarDefinition): CompiledCalendar {
  const key = JSON.stringify(definition, (_, value) => (value instanceof Map ? [...value] : value));
  const before = cache.get(key);
  if (before !== undefined) return before;
  const calendar: CompiledCalendar = {
    timeZone: definition.timeZone,
    days: calendarDays(definition),
    opens: new Float64Array(),
    closes: new Float64Array(),
    sums: new Float64Array(1),
    byDay: new Int32Array(1),
    firstDay: 0,
    lastDay: 0,
    from: 0,
    to: 0,
  };
  if (cache.size >= cacheSize) cache.clear();
  cache.set(key, calendar);
  return calendar;
}

/** Makes the arrays cover an instant. Throws `CalendarInvalid` beyond the years that the product knows. */
export function cover(calendar: CompiledCalendar, instant: EpochMilliseconds): void {
  const day = Math.floor(instant / 86_400_000);
  if (!(day > firstPossibleDay + 1 && day < lastPossibleDay - 1)) throw outOfReach();
  if (calendar.lastDay === calendar.firstDay) compileRange(calendar, day - yearDays, day + 2 * yearDays);
  while (instant < calendar.from || instant >= calendar.to) {
    const reach = calendar.lastDay - calendar.firstDay;
    if (instant < calendar.from) compileRange(calendar, calendar.firstDay - reach, calendar.lastDay);
    else compileRange(calendar, calendar.firstDay, calendar.lastDay + reach);
  }
}

/** Covers more of the future. Throws `CalendarInvalid` when there is no more. */
export function coverMore(calendar: CompiledCalendar): void {
  if (calendar.lastDay >= lastPossibleDay) throw outOfReach();
  compileRange(calendar, calendar.firstDay, calendar.lastDay + (calendar.lastDay - calendar.firstDay));
}

function outOfReach(): CalendarInvalid {
  return new CalendarInvalid(
    ['hours'],
    'the calendar does not open often enough between 1890 and 2210 to answer',
  );
}

function compileRange(calendar: CompiledCalendar, wantedFirst: Day, wantedLast: Day): void {
  const first = Math.max(firstPossibleDay, wantedFirst);
  const last = Math.min(lastPossibleDay, wantedLast);
  const { days } = calendar;
  const windows: OpenWindow[] = [];
  // A window of the day before may run into the first day; one of the last day may run beyond it.
  for (let day = first - 2; day < last; day += 1) windows.push(...days.windowsOf(day));
  const merged = merge(windows);
  const from = days.beginOf(first);
  const to = days.beginOf(last);
  calendar.opens = Float64Array.from(merged, ({ from: opens }) => opens);
  calendar.closes = Float64Array.from(merged, ({ to: closes }) => closes);
  calendar.sums = new Float64Array(merged.length + 1);
  for (const [index, window] of merged.entries()) {
    calendar.sums[index + 1] = (calendar.sums[index] as number) + window.to - window.from;
  }
  calendar.byDay = indexDays(calendar.closes, from, to);
  Object.assign(calendar, { firstDay: first, lastDay: last, from, to });
}

function indexDays(closes: Float64Array, from: EpochMilliseconds, to: EpochMilliseconds): Int32Array {
  const byDay = new Int32Array(Math.ceil((to - from) / dayMilliseconds) + 1);
  let index = 0;
  for (let day = 0; day < byDay.length; day += 1) {
    while (index < closes.length && (closes[index] as number) <= from + day * dayMilliseconds) index += 1;
    byDay[day] = index;
  }
  return byDay;
}

/** The union of windows: sorted, and joined where they touch or overlap. */
export function merge(windows: readonly OpenWindow[]): OpenWindow[] {
  const merged: OpenWindow[] = [];
  for (const { from, to } of windows.toSorted((a, b) => a.from - b.from)) {
    const last = merged[merged.length - 1];
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else merged.push({ from, to });
  }
  return merged;
}
