import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toInstant } from './instant-text.ts';

it('is what a Date writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_198_755_200_000, max: 253_402_300_799_999 }), (milliseconds) => {
      expect(toInstant(milliseconds)).toBe(new Date(milliseconds).toISOString());
    }),
    { numRuns: 10_000 },
  );
});

it.each([0, -1, 86_399_999, 86_400_000, -86_400_000, 8.64e15, -8.64e15, 1.9])(
  'is what a Date writes of %d',
  (each) => {
    expect(toInstant(each)).toBe(new Date(each).toISOString());
  },
);

it('is refused where there is no instant', () => {
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 86_400_000]) {
    expect(() => toInstant(none)).toThrow(RangeError);
  }
});
