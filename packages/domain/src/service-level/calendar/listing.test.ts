import { expect, it } from 'vitest';
import { compileCalendar } from './compiled-calendar.ts';
import { beginOfDate, listCalendar } from './listing.ts';

const week = Object.fromEntries(
  ['mon', 'tue', 'wed', 'thu', 'fri'].map((day) => [day, [['09:00', '17:00']]]),
) as { [day: string]: [string, string][] };
const calendar = compileCalendar({
  timeZone: 'Europe/London',
  hours: week,
  holidays: { region: 'GB-ENG' },
  exceptions: [
    { date: '2026-12-24', hours: [['09:00', '12:00']], reason: 'Half-day' },
    { date: '2026-12-29', hours: [], reason: 'Shutdown' },
  ],
});
const list = (from: string, last: string) => {
  const { intervals, closed } = listCalendar(
    calendar,
    beginOfDate(calendar, from),
    beginOfDate(calendar, last, 1),
  );
  const iso = (instant: number) => new Date(instant).toISOString().slice(0, 16);
  return {
    intervals: intervals.map(({ from: opens, to, reason }) =>
      `${iso(opens)} ${iso(to)} ${reason ?? ''}`.trim(),
    ),
    closed: closed.map(({ date, kind, reason }) => `${date} ${kind} ${reason ?? ''}`.trim()),
  };
};

it('lists every open interval, and why a day is closed', () => {
  expect(list('2026-12-23', '2026-12-30')).toEqual({
    intervals: [
      '2026-12-23T09:00 2026-12-23T17:00',
      '2026-12-24T09:00 2026-12-24T12:00 Half-day',
      '2026-12-30T09:00 2026-12-30T17:00',
    ],
    closed: [
      '2026-12-25 holiday Christmas Day',
      '2026-12-26 holiday Boxing Day',
      '2026-12-27 weekday',
      '2026-12-28 holiday Boxing Day (substitute day)',
      '2026-12-29 exception Shutdown',
    ],
  });
});

it('counts a date from its own midnight, also where the clocks change', () => {
  expect(list('2026-03-30', '2026-03-30').intervals).toEqual(['2026-03-30T08:00 2026-03-30T16:00']);
  expect(beginOfDate(calendar, '2026-03-29', 1) - beginOfDate(calendar, '2026-03-29')).toBe(23 * 3_600_000);
});

it('ends early, with a whole date, where there is more than is asked for, and goes on from there', () => {
  const [from, to] = [Date.UTC(2026, 0, 6, 12), Date.UTC(2027, 3, 1)];
  const whole = listCalendar(calendar, from, to);
  expect(whole.to).toBe(to);
  const joined = { intervals: [...whole.intervals].slice(0, 0), closed: [...whole.closed].slice(0, 0) };
  let parts = 0;
  for (let at = from; at < to; parts += 1) {
    const part = listCalendar(calendar, at, to, 30);
    expect(part.intervals.length).toBeLessThanOrEqual(30 + 20);
    expect(part.to === to || calendar.days.beginOf(calendar.days.dayOf(part.to)) === part.to).toBe(true);
    joined.intervals.push(...part.intervals);
    joined.closed.push(...part.closed);
    at = part.to;
  }
  expect(parts).toBeGreaterThan(5);
  expect(joined).toEqual({ intervals: whole.intervals, closed: whole.closed });
});
