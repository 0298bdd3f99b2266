import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pauseAfter } from './back-off.ts';

const backOff = { first: 100, longest: 2_000 };

it('doubles the bound of the pause with each failure, up to the longest', () => {
  const bounds = [1, 2, 3, 4, 5, 6, 1_000].map((failures) => pauseAfter(failures, backOff, () => 1));
  expect(bounds).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000]);
});

it('keeps every pause between half the bound and the bound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (failures, random) => {
        const bound = pauseAfter(failures, backOff, () => 1);
        const pause = pauseAfter(failures, backOff, () => random);
        expect(pause).toBeGreaterThanOrEqual(bound / 2);
        expect(pause).toBeLessThanOrEqual(bound);
      },
    ),
  );
});
