import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toInstant, toMilliseconds } from './instant-text.ts';

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

it('is read as a Date reads it', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_198_755_200_000, max: 253_402_300_799_999 }), (milliseconds) => {
      expect(toMilliseconds(new Date(milliseconds).toISOString())).toBe(milliseconds);
    }),
    { numRuns: 10_000 },
  );
  const characters = fc.constantFrom(...'0123456789-:.TZ+ x');
  const place = fc.nat(23);
  fc.assert(
    fc.property(fc.array(fc.tuple(place, characters), { maxLength: 3 }), (changes) => {
      const text = [...'2026-02-28T23:59:58.123Z'];
      for (const [index, character] of changes) text[index] = character;
      expect(toMilliseconds(text.join(''))).toBe(Date.parse(text.join('')));
    }),
    { numRuns: 20_000 },
  );
});

it.each([
  '2026-02-30T10:00:00.000Z',
  '2026-03-02T24:00:00.000Z',
  '2026-03-02',
  '',
  '+010000-01-01T00:00:00.000Z',
])('is read as a Date reads "%s"', (each) => {
  expect(toMilliseconds(each)).toBe(Date.parse(each));
});
