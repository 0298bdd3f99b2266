import Holidays from 'date-holidays';
import { Temporal } from 'temporal-polyfill';
import type { Catalog, CatalogCalendar, Weekday } from '../../catalog/index.ts';

/** Minutes since the epoch: the model knows no finer time. */
export type Minute = number;

const weekdays: Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const minute = 60_000;
const minutesOfADay = 24 * 60;

/**
 * A calendar as slow as it is plain: it asks for each minute whether one of the windows that opened on that day or
 * the day before is open. It shares nothing with the compiled calendar but the words of the rules.
 */
export interface MinuteCalendar {
  isOpen(at: Minute): boolean;
  /** The minute at which the wall clock shows the same time `days` local days later. */
  sameTimeLater(at: Minute, days: number): Minute;
  /** The last close of the `days`-th business day after the local date of `at`. */
  closeOfBusinessDay(at: Minute, days: number): Minute;
}

type Span = { from: Minute; to: Minute };

export function minuteCalendar(catalog: Catalog, calendar: CatalogCalendar): MinuteCalendar {
  const zone = catalog.timeZone;
  const holidays =
    catalog.holidays !== undefined && calendar.holidays !== false ? holidayDates(catalog.holidays) : null;
  const known = new Map<string, Span[]>();
  const spansOf = (date: Temporal.PlainDate): Span[] => {
    const key = date.toString();
    const before = known.get(key);
    if (before !== undefined) return before;
    const exception = calendar.exceptions?.find((each) => each.date === key);
    const closed = exception === undefined && holidays?.(date) === true;
    const hours =
      exception?.hours ?? (closed ? [] : (calendar.hours[weekdays[date.dayOfWeek - 1] as Weekday] ?? []));
    const spans = hours
      .map(([open, close]) => span(date, open, close, zone))
      .filter(({ from, to }) => to > from);
    known.set(key, spans);
    return spans;
  };
  const localDate = (at: Minute) => zoned(at, zone).toPlainDate();
  const near = new Map<number, Span[]>();
  const spansNear = (at: Minute): Span[] => {
    const day = Math.floor(at / minutesOfADay);
    const before = near.get(day);
    if (before !== undefined) return before;
    const middle = localDate(day * minutesOfADay);
    const spans = [-2, -1, 0, 1, 2].flatMap((days) => spansOf(middle.add({ days })));
    near.set(day, spans);
    return spans;
  };
  return {
    isOpen: (at) => spansNear(at).some(({ from, to }) => from <= at && at < to),
    sameTimeLater(at, days) {
      const local = zoned(at, zone).toPlainDateTime().add({ days });
      return local.toZonedDateTime(zone, { disambiguation: 'compatible' }).epochMilliseconds / minute;
    },
    closeOfBusinessDay(at, days) {
      let date = localDate(at);
      let left = days;
      while (left > 0) {
        date = date.add({ days: 1 });
        if (spansOf(date).length > 0) left -= 1;
      }
      return Math.max(...spansOf(date).map(({ to }) => to));
    },
  };
}

function zoned(at: Minute, zone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(at * minute).toZonedDateTimeISO(zone);
}

function span(date: Temporal.PlainDate, open: string, close: string, zone: string): Span {
  const nextDay = close <= open;
  return {
    from: boundary(date, open, zone),
    to: boundary(nextDay ? date.add({ days: 1 }) : date, close, zone),
  };
}

/** Skipped by spring: the end of the gap. Repeated by autumn: the first. */
function boundary(date: Temporal.PlainDate, time: string, zone: string): Minute {
  const [day, clock] = time === '24:00' ? [date.add({ days: 1 }), '00:00'] : [date, time];
  const local = day.toPlainDateTime(Temporal.PlainTime.from(clock));
  const earlier = local.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (earlier.toPlainDateTime().equals(local)) return earlier.epochMilliseconds / minute;
  const transition = earlier.getTimeZoneTransition('next');
  if (transition === null) throw new Error(`no transition after ${earlier.toString()}`);
  return transition.epochMilliseconds / minute;
}

function holidayDates(region: string): (date: Temporal.PlainDate) => boolean {
  const [country = '', state] = region.split('-');
  const library = state === undefined ? new Holidays(country) : new Holidays(country, state);
  const years = new Map<number, Set<string>>();
  return (date) => {
    let dates = years.get(date.year);
    if (dates === undefined) {
      const entries = library.getHolidays(date.year).filter(({ type }) => type === 'public');
      dates = new Set(entries.map((entry) => entry.date.slice(0, 10)));
      years.set(date.year, dates);
    }
    return dates.has(date.toString());
  };
}
