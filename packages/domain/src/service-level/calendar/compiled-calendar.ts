import type { EpochMilliseconds } from '../types.ts';
import { CalendarInvalid } from './errors.ts';
import { type CalendarDays, type CalendarDefinition, calendarDays, type OpenWindow } from './windows.ts';

/** A calendar ready for arithmetic: pages of 398 days, compiled when an instant in them is asked for. */
export interface CompiledCalendar {
  readonly timeZone: string;
  readonly days: CalendarDays;
  /** By page number, those in memory. */
  readonly pages: (CalendarPage | undefined)[];
  /** Open time of each page by its number, milliseconds; NaN until the page was compiled once. */
  readonly totals: Float64Array;
  /** The pages in memory, the first compiled first. */
  readonly loaded: CalendarPage[];
}

/** The open intervals of a page, cut at its beginning and end. */
export interface CalendarPage {
  readonly number: number;
  /** Inclusive. */
  readonly from: EpochMilliseconds;
  /** Sorted, disjoint, none touches the next: when each interval opens and closes. */
  readonly opens: Float64Array;
  readonly closes: Float64Array;
  /** Open time of all intervals before each one; one entry more than there are intervals. */
  readonly sums: Float64Array;
  /** Open time of the whole page. */
  readonly total: number;
  /** For each stride of the page, and its end: the first interval that closes after it. */
  readonly byStride: Int32Array;
}

const firstInstant = Date.UTC(1890, 0, 1);
/** Powers of two: an instant is found by a multiplication, which is faster than a division. */
const pageMilliseconds = 2 ** 35;
const pagesPerMillisecond = 2 ** -35;
const strideMilliseconds = 2 ** 26;
export const stridesPerMillisecond = 2 ** -26;
/** To 2210. */
const pageCount = 294;
/** 24 bytes each. A plain week has 84,000 from 1890 to 2210; a calendar with more loses the pages that were compiled first. */
const mostIntervals = 100_000;

/** Compiles a definition. Nothing is kept: what a caller sends must not stay in memory. Throws `CalendarInvalid`. */
export function compileCalendar(definition: CalendarDefinition): CompiledCalendar {
  return {
    timeZone: definition.timeZone,
    days: calendarDays(definition),
    pages: new Array<CalendarPage | undefined>(pageCount).fill(undefined),
    totals: new Float64Array(pageCount).fill(Number.NaN),
    loaded: [],
  };
}

/** The number of the page that an instant lies in. */
export const pageNumber = (instant: EpochMilliseconds): number =>
  Math.floor((instant - firstInstant) * pagesPerMillisecond);

/** Throws `CalendarInvalid` for a page beyond the years that the product knows. */
export function requireReach(number: number): void {
  if (number >= 0 && number < pageCount) return;
  const message = 'the calendar does not open often enough between 1890 and 2210 to answer';
  throw new CalendarInvalid(['hours'], message);
}

/** A page by its number. Throws `CalendarInvalid` beyond the years that the product knows. */
export function pageAt(calendar: CompiledCalendar, number: number): CalendarPage {
  const known = calendar.pages[number];
  if (known !== undefined) return known;
  requireReach(number);
  const page = compilePage(calendar.days, number);
  calendar.pages[number] = page;
  calendar.totals[number] = page.total;
  calendar.loaded.push(page);
  unloadOldest(calendar);
  return page;
}

/** Open time of a page, milliseconds. Throws `CalendarInvalid` beyond the years that the product knows. */
export function pageTotal(calendar: CompiledCalendar, number: number): number {
  const known = calendar.totals[number];
  return known === undefined || Number.isNaN(known) ? pageAt(calendar, number).total : known;
}

function unloadOldest({ loaded, pages }: CompiledCalendar): void {
  let intervals = 0;
  for (const { opens } of loaded) intervals += opens.length;
  while (intervals > mostIntervals && loaded.length > 1) {
    const oldest = loaded.shift() as CalendarPage;
    pages[oldest.number] = undefined;
    intervals -= oldest.opens.length;
  }
}

function compilePage(days: CalendarDays, number: number): CalendarPage {
  const from = firstInstant + number * pageMilliseconds;
  const to = from + pageMilliseconds;
  const opens: number[] = [];
  const closes: number[] = [];
  // A window may run into the day after the one that it opens on, and local dates begin up to a day apart from UTC's.
  const last = days.dayOf(to);
  for (let day = days.dayOf(from) - 2; day <= last; day += 1) {
    for (const window of days.windowsOf(day)) {
      const begin = Math.max(window.from, from);
      const end = Math.min(window.to, to);
      if (end <= begin) continue;
      const before = closes.length - 1;
      if (before >= 0 && begin <= (closes[before] as number)) {
        closes[before] = Math.max(closes[before] as number, end);
        continue;
      }
      opens.push(begin);
      closes.push(end);
    }
  }
  const sums = new Float64Array(opens.length + 1);
  for (let index = 0; index < opens.length; index += 1) {
    sums[index + 1] = (sums[index] as number) + (closes[index] as number) - (opens[index] as number);
  }
  return {
    number,
    from,
    opens: Float64Array.from(opens),
    closes: Float64Array.from(closes),
    sums,
    total: sums[opens.length] as number,
    byStride: indexStrides(closes, from),
  };
}

function indexStrides(closes: readonly number[], from: EpochMilliseconds): Int32Array {
  const byStride = new Int32Array(pageMilliseconds / strideMilliseconds + 1);
  let index = 0;
  for (let stride = 0; stride < byStride.length; stride += 1) {
    while (index < closes.length && (closes[index] as number) <= from + stride * strideMilliseconds)
      index += 1;
    byStride[stride] = index;
  }
  return byStride;
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
