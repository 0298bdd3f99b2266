import fc from 'fast-check';
import { expect, it } from 'vitest';
import { delayAfter } from './outcome.ts';
import { defaultSettings } from './settings.ts';

const { retryDelays } = defaultSettings;
const longest = { retryDelays, random: () => 1 };

it('waits longer with each try, for about a day and a half at most', () => {
  const waits = retryDelays.map((_, index) => delayAfter(index + 1, null, longest) as number);
  expect(waits).toEqual(waits.toSorted((a, b) => a - b));
  expect(waits.reduce((sum, seconds) => sum + seconds, 0) / 3_600).toBeCloseTo(36, 0);
  expect(delayAfter(retryDelays.length + 1, null, longest)).toBeNull();
});

it('spreads those who failed together, and never comes back before the receiver wishes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: retryDelays.length }),
      fc.option(fc.integer({ min: 0, max: 200_000 })),
      fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      (attempt, wish, random) => {
        const delay = delayAfter(attempt, wish, { retryDelays, random: () => random }) as number;
        const planned = delayAfter(attempt, null, longest) as number;
        const honoured = Math.min(wish ?? 0, 86_400);
        expect(delay).toBe(Math.max(planned * random, honoured));
      },
    ),
  );
});
