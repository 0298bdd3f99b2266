import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { merge } from './compiled-calendar.ts';
import { advance, type CalendarDefinition, compileCalendar, openBetween } from './index.ts';

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const time = fc
  .integer({ min: 0, max: 95 })
  .map(
    (quarter) =>
      `${String(Math.floor(quarter / 4)).padStart(2, '0')}:${['00', '15', '30', '45'][quarter % 4]}`,
  );
const window = fc.tuple(time, fc.oneof(time, fc.constant('24:00')));
const definition: fc.Arbitrary<CalendarDefinition> = fc.record({
  timeZone: fc.constantFrom(
    'Europe/London',
    'America/New_York',
    'Africa/Johannesburg',
    'Australia/Lord_Howe',
    'UTC',
  ),
  hours: fc
    .record(
      Object.fromEntries(days.map((day) => [day, fc.array(window, { maxLength: 3 })])) as Record<
        (typeof days)[number],
        fc.Arbitrary<[string, string][]>
      >,
    )
    .map((hours) => ({ ...hours, mon: [...hours.mon, ['09:00', '10:00'] as [string, string]] })),
  holidays: fc.constantFrom(null, { region: 'GB-ENG' }, { region: 'US' }),
  exceptions: fc.uniqueArray(
    fc.record({
      date: fc
        .integer({ min: 0, max: 700 })
        .map((day) => new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10)),
      hours: fc.array(window, { maxLength: 2 }),
    }),
    { maxLength: 4, selector: ({ date }) => date },
  ),
});
const instant = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 10, 30) });

describe('for any calendar', () => {
  it('open time adds up, and is never more than the time that passes', () => {
    fc.assert(
      fc.property(definition, fc.tuple(instant, instant, instant), (made, instants) => {
        const calendar = compileCalendar(made);
        const [a, b, c] = instants.toSorted((one, other) => one - other) as [number, number, number];
        expect(openBetween(calendar, a, b) + openBetween(calendar, b, c)).toBe(openBetween(calendar, a, c));
        expect(openBetween(calendar, a, c)).toBeLessThanOrEqual(c - a);
      }),
      { numRuns: 300 },
    );
  });

  it('a deadline has served its duration, and no earlier instant has', () => {
    fc.assert(
      fc.property(
        definition,
        instant,
        fc.integer({ min: 1, max: 200 * 3_600_000 }),
        (made, start, duration) => {
          const calendar = compileCalendar(made);
          const end = advance(calendar, start, duration);
          expect(openBetween(calendar, start, end)).toBe(duration);
          expect(openBetween(calendar, start, end - 1)).toBe(duration - 1);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('the pages of a calendar make no difference to the open time over many years', () => {
    const within = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2199, 0, 1) });
    fc.assert(
      fc.property(
        definition,
        within,
        fc.integer({ min: 0, max: 12 * 365 * 86_400_000 }),
        (made, from, span) => {
          const calendar = compileCalendar(made);
          const to = Math.min(from + span, Date.UTC(2199, 11, 30));
          const { days } = calendar;
          const windows = [];
          for (let day = days.dayOf(from) - 2; day <= days.dayOf(to); day += 1) {
            windows.push(...days.windowsOf(day));
          }
          const open = merge(windows).map((each) => Math.min(each.to, to) - Math.max(each.from, from));
          expect(openBetween(calendar, from, to)).toBe(
            open.filter((length) => length > 0).reduce((sum, length) => sum + length, 0),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('a calendar with more intervals than fit in memory answers as one that was asked nothing before', () => {
    const quarters = Array.from({ length: 48 }, (_, half): [string, string] => {
      const hour = String(Math.floor(half / 2)).padStart(2, '0');
      return half % 2 === 0 ? [`${hour}:00`, `${hour}:15`] : [`${hour}:30`, `${hour}:45`];
    });
    const made: CalendarDefinition = {
      timeZone: 'Europe/London',
      hours: Object.fromEntries(days.map((day) => [day, quarters])),
      holidays: null,
      exceptions: [],
    };
    const asked = compileCalendar(made);
    const years = [1970, 1990, 2010, 2030, 2050, 2090, 2150, 2190, 1970, 2090];
    for (const year of years) {
      const [from, to] = [Date.UTC(year, 2, 1, 9, 7), Date.UTC(year + 1, 6, 1)];
      expect(openBetween(asked, from, to)).toBe(openBetween(compileCalendar(made), from, to));
      expect(asked.loaded.reduce((sum, { opens }) => sum + opens.length, 0)).toBeLessThanOrEqual(100_000);
      expect(asked.pages.filter((page) => page !== undefined).length).toBe(asked.loaded.length);
    }
    const [start, end] = [Date.UTC(1970, 0, 1), Date.UTC(2199, 0, 1)];
    const served = openBetween(asked, start, end);
    expect(advance(asked, start, served)).toBeLessThanOrEqual(end);
    expect(openBetween(asked, start, advance(asked, start, served))).toBe(served);
  });

  it('what was compiled before makes no difference', () => {
    fc.assert(
      fc.property(
        definition,
        instant,
        fc.integer({ min: 0, max: 5_000 * 3_600_000 }),
        (made, start, duration) => {
          const asked = compileCalendar(made);
          openBetween(asked, Date.UTC(1975, 0, 1), Date.UTC(2150, 0, 1));
          expect(advance(asked, start, duration)).toBe(advance(compileCalendar(made), start, duration));
        },
      ),
      { numRuns: 100 },
    );
  });
});
