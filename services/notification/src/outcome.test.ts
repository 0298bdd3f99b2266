import fc from 'fast-check';
import { expect, it } from 'vitest';
import { delayBefore, maximumAttempts } from './outcome.ts';

it('waits longer with each try, jittered, for about a day in all', () => {
  const longest = Array.from({ length: maximumAttempts - 1 }, (_, index) =>
    delayBefore(index + 1, null, () => 1),
  );
  expect(longest).toEqual(longest.toSorted((a, b) => a - b));
  const total = longest.reduce((sum, seconds) => sum + seconds, 0);
  expect(total / 3_600).toBeGreaterThan(20);
  expect(total / 3_600).toBeLessThan(30);
});

it('never comes back before half its time, nor before the receiver wishes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.option(fc.integer({ min: 0, max: 10_000 })),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, wish, random) => {
        const delay = delayBefore(attempt, wish, () => random);
        const planned = delayBefore(attempt, null, () => 1);
        expect(delay).toBeGreaterThanOrEqual(Math.max(planned / 2, wish ?? 0));
        expect(delay).toBeLessThanOrEqual(Math.max(planned, wish ?? 0));
      },
    ),
  );
});
