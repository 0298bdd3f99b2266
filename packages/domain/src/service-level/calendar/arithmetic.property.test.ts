import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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

  it('what was compiled before makes no difference', () => {
    fc.assert(
      fc.property(
        definition,
        instant,
        fc.integer({ min: 0, max: 5_000 * 3_600_000 }),
        (made, start, duration) => {
          const fresh = { ...made, exceptions: [...made.exceptions, { date: '2209-01-01', hours: [] }] };
          expect(advance(compileCalendar(fresh), start, duration)).toBe(
            advance(compileCalendar(made), start, duration),
          );
        },
      ),
      { numRuns: 100 },
    );
  });
});
