import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CalendarCalculationRequest, calculate } from './calculate.ts';

interface Case {
  source: string;
  timezone: string;
  hours: CalendarCalculationRequest['calendar']['hours'];
  holidays: string[];
  op: 'add' | 'between';
  start: string;
  end?: string;
  minutes?: number;
  seconds?: number;
  expected: string | number;
  expected_seconds?: number;
}

const cases = JSON.parse(
  readFileSync(new URL('./fixtures/business-time.json', import.meta.url), 'utf8'),
) as Case[];

/** Cases that other systems' test suites agree on, each with its source. */
describe('business time as other systems count it', () => {
  it.each(cases.map((each, index) => ({ ...each, index })))('$index $source: $op from $start', (each) => {
    const calendar = { timeZone: each.timezone, hours: each.hours, holidays: each.holidays };
    if (each.op === 'add') {
      const seconds = each.seconds ?? Math.round((each.minutes ?? 0) * 60_000) / 1_000;
      const { end } = calculate({ calendar, add: { start: each.start, duration: `PT${seconds}S` } }) as {
        end: string;
      };
      expect(end).toBe(new Date(each.expected).toISOString());
    } else {
      const between = { start: each.start, end: each.end as string };
      const { milliseconds } = calculate({ calendar, between }) as { milliseconds: number };
      const seconds = each.expected_seconds ?? Number(each.expected) * 60;
      expect(milliseconds).toBeCloseTo(seconds * 1_000, 0);
    }
  });
});
