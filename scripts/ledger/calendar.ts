import { type Calendar, type Explanation, instant } from './documents.ts';
import { type Entry, type Ledger, told } from './entry.ts';

const closedKinds = new Set(['closed', 'holiday', 'exception']);

/** Every stretch but that before the start names the same calendar; an agreed turnaround names none. */
export function checkEntries({ entries }: Ledger): string[] {
  const faults: string[] = [];
  const named = entries.filter(({ kind }) => kind !== 'before-start');
  const [first] = named;
  for (const { kind, calendarEntry, reason, name } of entries) {
    if (kind === 'before-start') {
      if (calendarEntry !== null) faults.push(`${name} names a calendar.`);
      continue;
    }
    if (calendarEntry?.calendar !== first?.calendarEntry?.calendar)
      faults.push(`${name} names ${calendarEntry?.calendar ?? 'no calendar'}, another than the first.`);
    if (calendarEntry === null && kind !== 'counted' && kind !== 'held')
      faults.push(`${name} is closed by no calendar.`);
    if (calendarEntry !== null && kind !== 'held' && calendarEntry.name !== reason)
      faults.push(`${name} is ${reason}, its calendar’s entry ${calendarEntry.name}.`);
  }
  return faults;
}

/** What counts or is held is open in the calendar, for the reason named; what is closed is closed. */
export function checkCalendar(ledger: Ledger, explanation: Explanation, calendar: Calendar): string[] {
  const entries = ledger.entries.filter(({ calendarEntry }) => calendarEntry !== null);
  const [first] = entries;
  if (first === undefined) return [];
  const named = first.calendarEntry?.calendar;
  if (named !== calendar.id)
    return [`The ledger names the calendar ${named}, the listing is of ${calendar.id}.`];
  if (first.from < instant(calendar.from) || ledger.until > instant(calendar.to)) {
    return [`The calendar is listed from ${calendar.from} to ${calendar.to}: not the whole ledger.`];
  }
  const open = calendar.intervals.map(({ from, to, reason }) => ({
    ...{ from: instant(from), to: instant(to) },
    reason,
  }));
  const dateOf = localDates(calendar.timeZone);
  return [
    ...entries.flatMap((entry) =>
      closedKinds.has(entry.kind) ? checkClosed(entry, open, calendar, dateOf) : checkOpen(entry, open),
    ),
    ...checkAhead(ledger, explanation, calendar, open),
  ];
}

type Open = { from: number; to: number; reason: string | null };

function checkOpen({ from, to, calendarEntry, name }: Entry, open: readonly Open[]): string[] {
  const interval = open.find((each) => each.from <= from && to <= each.to);
  if (interval === undefined) return [`${name} does not lie within an open interval of the calendar.`];
  const reason = calendarEntry?.name ?? null;
  if (interval.reason === reason && (reason === null || calendarEntry?.date !== null)) return [];
  return [`${name} is opened by ${interval.reason ?? 'the week'}, not by ${reason ?? 'the week'}.`];
}

function checkClosed(
  { from, to, kind, calendarEntry, name }: Entry,
  open: readonly Open[],
  calendar: Calendar,
  dateOf: (at: number) => string,
): string[] {
  const faults: string[] = [];
  if (open.some((each) => Math.max(each.from, from) < Math.min(each.to, to)))
    faults.push(`${name} is open in the calendar.`);
  const date = dateOf(from);
  if (calendarEntry?.date !== date)
    faults.push(`${name} names ${calendarEntry?.date}, and begins on ${date}.`);
  if (kind === 'closed') {
    const dated = calendar.closed.find((each) => each.date === date);
    if (dated !== undefined && dated.kind !== 'weekday')
      faults.push(`${name} begins on a date that the calendar lists as ${dated.kind}.`);
    return faults;
  }
  if (dateOf(to - 1) !== date) faults.push(`${name} runs over more than one date.`);
  const listed = calendar.closed.find((each) => each.date === date);
  // An exception may have hours of its own; a date on which nothing opens is listed.
  const isListed = listed?.kind === kind && listed.reason === (calendarEntry?.name ?? null);
  const hasHours = kind === 'exception' && listed === undefined;
  if (!isListed && !hasHours) faults.push(`${name} is not what the calendar lists for ${date}.`);
  return faults;
}

/** While the clock runs, its deadline is where the calendar's coming intervals have served what is left. */
function checkAhead(
  { entries, until, allowed }: Ledger,
  { clock, endedAt }: Explanation,
  calendar: Calendar,
  open: readonly Open[],
): string[] {
  if (clock.dueAt === null || endedAt !== null) return [];
  const dueAt = instant(clock.dueAt);
  let left = allowed - entries.reduce((sum, { counted }) => sum + counted, 0);
  if (left <= 0 || dueAt > instant(calendar.to)) return [];
  for (const { from, to } of open) {
    const begin = Math.max(from, until);
    if (to <= begin) continue;
    if (to - begin < left) {
      left -= to - begin;
      continue;
    }
    if (begin + left === dueAt) return [];
    return [`By the calendar it is due at ${told(begin + left)}, the clock says ${clock.dueAt}.`];
  }
  return [`The calendar’s listing does not open long enough for a deadline at ${clock.dueAt}.`];
}

function localDates(timeZone: string): (at: number) => string {
  // Sweden writes dates as YYYY-MM-DD.
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  return (at) => format.format(at);
}
