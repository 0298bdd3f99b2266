import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import { type CatalogCalendar, weekdays } from '../../catalog/catalog.ts';
import { FeedInvalid } from './errors.ts';

/** What a feed makes of a date: the windows that stay open, none when it is closed. */
export interface FeedException {
  date: string;
  hours: [string, string][];
  reason: string;
}

export interface FeedQuestion {
  /** iCalendar (RFC 5545). */
  text: string;
  /** IANA zone of the calendar; events without a zone are read in it. */
  timeZone: string;
  /** The ordinary week. */
  hours: CatalogCalendar['hours'];
  /** Local dates, `YYYY-MM-DD`, both inclusive: what lies outside is left out. */
  from: string;
  to: string;
}

interface Closure {
  from: Temporal.PlainDateTime;
  to: Temporal.PlainDateTime;
  allDay: boolean;
  reason: string;
}

const dayMinutes = 1_440;
/** Events, each time that they recur, and dates that they touch: far more than a calendar of closures has. */
const mostOccurrences = 10_000;
const mostDates = 20_000;
/** No one closes by the hour; such a rule unfolds to millions. */
const tooOften: ReadonlySet<string> = new Set(['SECONDLY', 'MINUTELY', 'HOURLY']);
const longestReason = 500;

/**
 * A feed lists closures: an event of whole days closes them, one with times takes its time out of that date's ordinary
 * hours. Recurring events are unfolded; cancelled and transparent ones (RFC 5545, 3.8.1.11 and 3.8.2.7) close nothing.
 * Throws `FeedInvalid`.
 */
export function readFeed(question: FeedQuestion): FeedException[] {
  const byDate = new Map<string, { windows: [number, number][]; reasons: string[] }>();
  let visited = 0;
  for (const closure of understand(() => readClosures(question))) {
    let date = later(
      closure.from.toPlainDate().subtract({ days: 1 }),
      Temporal.PlainDate.from(question.from),
    );
    const last = earlier(closure.to.toPlainDate(), Temporal.PlainDate.from(question.to));
    for (; Temporal.PlainDate.compare(date, last) <= 0; date = date.add({ days: 1 })) {
      visited += 1;
      if (visited > mostDates) throw new FeedInvalid('its events close too many dates, repeatedly');
      const name = date.toString();
      const known = byDate.get(name)?.windows ?? ordinaryWindows(question.hours, date);
      const left = takeOut(known, closure, date);
      if (left === null) continue;
      const reasons = byDate.get(name)?.reasons ?? [];
      byDate.set(name, { windows: left, reasons: [...new Set([...reasons, closure.reason])] });
    }
  }
  return [...byDate]
    .map(([date, { windows, reasons }]) => ({
      date,
      hours: windows.map(([from, to]): [string, string] => [timeOfDay(from), timeOfDay(to)]),
      reason: reasons.join('; ').slice(0, longestReason),
    }))
    .sort((one, other) => (one.date < other.date ? -1 : 1));
}

function readClosures({ text, timeZone, from, to }: FeedQuestion): Closure[] {
  const last = Temporal.PlainDate.from(to).add({ days: 2 });
  const found: Closure[] = [];
  let unfolded = 0;
  for (const component of parse(text).getAllSubcomponents('vevent')) {
    const event = new ICAL.Event(component);
    if (event.isRecurrenceException() || isOpen(component)) continue;
    unfolded += 1;
    if (unfolded > mostOccurrences) throw new FeedInvalid('it has too many events');
    const add = (start: ICAL.Time, end: ICAL.Time, item: ICAL.Event) => {
      if (isOpen(item.component)) return;
      const closure = toClosure(start, end, item, timeZone);
      if (closure.to.toPlainDate().toString() >= from) found.push(closure);
    };
    if (!event.isRecurring()) {
      add(event.startDate, event.endDate, event);
      continue;
    }
    if (Object.keys(event.getRecurrenceTypes()).some((frequency) => tooOften.has(frequency)))
      throw new FeedInvalid('its events recur more often than daily');
    const iterator = event.iterator();
    for (let next = iterator.next(); next; next = iterator.next()) {
      unfolded += 1;
      if (unfolded > mostOccurrences) throw new FeedInvalid('its events recur too often');
      if (next.year > last.year || toPlain(next).toPlainDate().toString() > last.toString()) break;
      const { startDate, endDate, item } = event.getOccurrenceDetails(next);
      add(startDate, endDate, item);
    }
  }
  return found;
}

function parse(text: string): ICAL.Component {
  const root = new ICAL.Component(ICAL.parse(text));
  if (root.name !== 'vcalendar') throw new FeedInvalid(`it is a ${root.name}`);
  return root;
}

/** Whatever the library cannot read is the feed's fault: values are looked at when they are asked for. */
function understand<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof FeedInvalid) throw error;
    throw new FeedInvalid(error instanceof Error ? error.message : String(error));
  }
}

function isOpen(component: ICAL.Component): boolean {
  const said = (name: string) => String(component.getFirstPropertyValue(name) ?? '').toUpperCase();
  return said('status') === 'CANCELLED' || said('transp') === 'TRANSPARENT';
}

function toClosure(start: ICAL.Time, end: ICAL.Time, item: ICAL.Event, timeZone: string): Closure {
  const startZone = namedZone(item, 'dtstart');
  const from = toLocal(start, startZone, timeZone);
  const to = toLocal(end, namedZone(item, 'dtend') ?? startZone, timeZone);
  const reason = (item.summary ?? '').replace(/\s+/g, ' ').trim();
  return { from, to, allDay: start.isDate, reason: reason === '' ? 'Closed' : reason };
}

function namedZone({ component }: ICAL.Event, property: string): string | null {
  const named = component.getFirstProperty(property)?.getParameter('tzid');
  return typeof named === 'string' ? named : null;
}

const later = (one: Temporal.PlainDate, other: Temporal.PlainDate) =>
  Temporal.PlainDate.compare(one, other) > 0 ? one : other;
const earlier = (one: Temporal.PlainDate, other: Temporal.PlainDate) =>
  later(one, other) === one ? other : one;

const toPlain = ({ year, month, day, hour, minute, second }: ICAL.Time): Temporal.PlainDateTime =>
  Temporal.PlainDateTime.from({ year, month, day, hour, minute, second });

/** The wall-clock time in the calendar's zone. A name that is not an IANA zone is taken by the feed's own definition. */
function toLocal(time: ICAL.Time, named: string | null, timeZone: string): Temporal.PlainDateTime {
  const plain = toPlain(time);
  const zone = named ?? time.zone?.tzid ?? 'floating';
  if (time.isDate || zone === 'floating') return plain;
  try {
    return plain.toZonedDateTime(zone).withTimeZone(timeZone).toPlainDateTime();
  } catch {
    const instant = Temporal.Instant.fromEpochMilliseconds(time.toUnixTime() * 1_000);
    return instant.toZonedDateTimeISO(timeZone).toPlainDateTime();
  }
}

/** Minutes from the date's midnight; a window that runs past midnight belongs to the date on which it opens. */
function ordinaryWindows(hours: CatalogCalendar['hours'], date: Temporal.PlainDate): [number, number][] {
  const weekday = weekdays[date.dayOfWeek - 1];
  return (weekday === undefined ? [] : (hours[weekday] ?? [])).map(([open, close]) => {
    const from = minutes(open);
    const to = minutes(close);
    return [from, to <= from ? to + dayMinutes : to];
  });
}

/** What a closure leaves of a date's windows; null when it does not touch the date. */
function takeOut(
  windows: [number, number][],
  { from, to, allDay }: Closure,
  date: Temporal.PlainDate,
): [number, number][] | null {
  if (allDay) {
    const isInside =
      Temporal.PlainDate.compare(date, from.toPlainDate()) >= 0 &&
      (Temporal.PlainDate.compare(date, to.toPlainDate()) < 0 || date.equals(from.toPlainDate()));
    return isInside ? [] : null;
  }
  const midnight = date.toPlainDateTime();
  const begin = Math.floor(midnight.until(from).total('minutes'));
  const end = Math.ceil(midnight.until(to).total('minutes'));
  if (end <= begin || !windows.some(([opens, closes]) => begin < closes && end > opens)) return null;
  return windows.flatMap(([opens, closes]) => {
    const left: [number, number][] = [
      [opens, Math.min(closes, begin)],
      [Math.max(opens, end), closes],
    ];
    return left.filter(([one, other]) => other > one);
  });
}

const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

function timeOfDay(minute: number): string {
  const within = minute > dayMinutes ? minute - dayMinutes : minute;
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`;
}
