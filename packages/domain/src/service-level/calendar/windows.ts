import { type Weekday, weekdays } from '../../catalog/catalog.ts';
import { CalendarInvalid } from './errors.ts';
import { type HolidaySource, holidayLookup } from './holidays.ts';
import { type Zone, zoneOf } from './zone.ts';

/** What a calendar is made from. */
export interface CalendarDefinition {
  /** IANA. */
  timeZone: string;
  /** Weekday → windows `[open, close]`, `HH:MM` to `24:00`; a close at or before the opening is the next day's. */
  hours: { [day in Weekday]?: (readonly [string, string])[] | undefined };
  holidays: HolidaySource;
  /** Each replaces the windows that open on its date, holiday or not. */
  exceptions: readonly {
    date: string;
    hours: readonly (readonly [string, string])[];
    reason?: string | undefined;
  }[];
}

export interface OpenWindow {
  from: number;
  to: number;
}

/** A local date as days since 1970-01-01. */
export type Day = number;

/** What is known of a date before any arithmetic: its windows in time, and why it is not an ordinary day. */
export interface CalendarDays {
  zone: Zone;
  dayOf(instant: number): Day;
  /** `YYYY-MM-DD`. */
  dateOf(day: Day): string;
  /** The instant at which a local date begins. */
  beginOf(day: Day): number;
  /** Windows that open on this date, with length, in the order of opening; they may overlap. */
  windowsOf(day: Day): readonly OpenWindow[];
  /** Why the date differs from its weekday. */
  markOf(day: Day): { kind: 'holiday' | 'exception'; reason: string | null } | null;
}

export const dayMilliseconds = 86_400_000;
const timeOfDay = /^(?:([01]\d|2[0-3]):([0-5]\d)|24:00)$/;

/** Throws `CalendarInvalid`, which names the field. */
export function calendarDays({ timeZone, hours, holidays, exceptions }: CalendarDefinition): CalendarDays {
  const zone = readZone(timeZone);
  const ordinary = ordinaryDays(zone, hours, holidays);
  const dated = new Map<Day, { windows: [number, number][]; reason: string | null }>();
  for (const [index, exception] of exceptions.entries()) {
    const day = parseDate(exception.date, ['exceptions', index, 'date']);
    if (dated.has(day)) {
      throw new CalendarInvalid(
        ['exceptions', index, 'date'],
        `there are two exceptions for ${exception.date}`,
      );
    }
    dated.set(day, {
      windows: parseWindows(exception.hours, ['exceptions', index, 'hours']),
      reason: exception.reason ?? null,
    });
  }
  if (ordinary.neverOpens && [...dated.values()].every(({ windows }) => windows.length === 0)) {
    throw new CalendarInvalid(['hours'], 'the calendar never opens; give at least one window');
  }
  return {
    zone,
    dayOf: (instant) => Math.floor(zone.toLocal(instant) / dayMilliseconds),
    dateOf: (day) => new Date(day * dayMilliseconds).toISOString().slice(0, 10),
    beginOf: (day) => zone.fromLocal(day * dayMilliseconds),
    windowsOf: (day) => {
      const exception = dated.get(day);
      return exception === undefined ? ordinary.windowsOf(day) : placeWindows(zone, day, exception.windows);
    },
    markOf: (day) => {
      const exception = dated.get(day);
      if (exception !== undefined) return { kind: 'exception', reason: exception.reason };
      const holiday = ordinary.holidayOn(day);
      return holiday === null ? null : { kind: 'holiday', reason: holiday };
    },
  };
}

/** Days without exceptions. */
interface OrdinaryDays {
  windowsOf(day: Day): readonly OpenWindow[];
  holidayOn(day: Day): string | null;
  neverOpens: boolean;
}

function ordinaryDays(zone: Zone, hours: CalendarDefinition['hours'], holidays: HolidaySource): OrdinaryDays {
  // 1970-01-01 was a Thursday.
  const weekly = Array.from({ length: 7 }, (_, day) => {
    const weekday = weekdays[(day + 3) % 7] as Weekday;
    return parseWindows(hours[weekday] ?? [], ['hours', weekday]);
  });
  const holidayOn = holidayLookup(holidays);
  return {
    neverOpens: weekly.every((windows) => windows.length === 0),
    holidayOn,
    windowsOf(day) {
      const windows = weekly[((day % 7) + 7) % 7] ?? [];
      return windows.length === 0 || holidayOn(day) !== null ? [] : placeWindows(zone, day, windows);
    },
  };
}

/** A date's windows in time: those that have a length. */
function placeWindows(zone: Zone, day: Day, windows: readonly [number, number][]): OpenWindow[] {
  const begin = day * dayMilliseconds;
  const open: OpenWindow[] = [];
  for (const [from, to] of windows) {
    const opens = zone.fromLocal(begin + from);
    const closes = zone.fromLocal(begin + to);
    if (closes > opens) open.push({ from: opens, to: closes });
  }
  return open;
}

function readZone(timeZone: string): Zone {
  try {
    return zoneOf(timeZone);
  } catch {
    throw new CalendarInvalid(['timeZone'], `"${timeZone}" is not an IANA time zone, such as Europe/London`);
  }
}

/** In the order of opening; `to` lies up to 48 hours after the date's midnight. */
function parseWindows(
  windows: readonly (readonly [string, string])[],
  field: (string | number)[],
): [number, number][] {
  return windows
    .map((window, index) => parseWindow(window, [...field, index]))
    .sort(([one], [other]) => one - other);
}

function parseWindow([open, close]: readonly [string, string], field: (string | number)[]): [number, number] {
  const from = parseTime(open, [...field, 0]);
  const to = parseTime(close, [...field, 1]);
  return [from, to <= from ? to + dayMilliseconds : to];
}

function parseTime(text: string, field: (string | number)[]): number {
  const found = timeOfDay.exec(text);
  if (found === null)
    throw new CalendarInvalid(field, `"${text}" is no time of day, HH:MM from 00:00 to 24:00`);
  return found[1] === undefined ? dayMilliseconds : (Number(found[1]) * 60 + Number(found[2])) * 60_000;
}

function parseDate(text: string, field: (string | number)[]): Day {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(instant) || new Date(instant).toISOString().slice(0, 10) !== text) {
    throw new CalendarInvalid(field, `"${text}" is not a date, YYYY-MM-DD`);
  }
  return instant / dayMilliseconds;
}
