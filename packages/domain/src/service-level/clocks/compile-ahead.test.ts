import { expect, it } from 'vitest';
import type { Catalog } from '../../catalog/index.ts';
import { shippedCatalogs } from '../testing/shipped-catalogs.ts';
import { compileAhead } from './compile-ahead.ts';
import { compilePlan } from './plan.ts';

const instant = (year: number) => Date.UTC(year, 0, 1);

it('A question of many years is compiled in steps of about a year, and what is compiled needs no step.', () => {
  const catalog = structuredClone(shippedCatalogs.get('cat-levels') as Catalog);
  const plan = compilePlan(catalog, 'cat-1');
  const plans = [{ from: Number.NEGATIVE_INFINITY, plan, cause: null }];
  const steps = () => [...compileAhead(plans, instant(2026), instant(2126))].length;
  const first = steps();
  const calendars = plan.calendars().length;
  expect(first / calendars).toBeGreaterThan(90);
  expect(first / calendars).toBeLessThan(100);
  expect(steps()).toBe(0);
});

it('A question that reaches beyond the years that are known ends with them.', () => {
  const plans = [
    {
      from: Number.NEGATIVE_INFINITY,
      plan: compilePlan(structuredClone(shippedCatalogs.get('cat-levels') as Catalog), 'cat-1'),
      cause: null,
    },
  ];
  expect(() => [...compileAhead(plans, instant(2190), instant(2300))]).not.toThrow();
});
