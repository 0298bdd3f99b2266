import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatReference, parseReference } from './index.ts';

const counter = fc.oneof(
  fc.nat({ max: 9_999_999 }),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).filter((value) => value < 1e15),
);
const shift = fc.bigInt({ min: 0n, max: 10n ** 15n - 1n });
const digitsOf = (reference: string) => [...reference.replaceAll(/\D/g, '')];

describe('a reference number', () => {
  it('is read back as the counter that it was made from', () => {
    fc.assert(
      fc.property(counter, shift, (value, by) => {
        const reference = formatReference(value, by);
        expect(parseReference(reference, by)).toEqual({ ok: true, reference, counter: value });
      }),
    );
  });

  it('is unique: sixty thousand in a row, across the growth to nine digits', () => {
    const made = new Set(Array.from({ length: 60_000 }, (_, index) => formatReference(9_970_000 + index)));
    expect(made.size).toBe(60_000);
  });

  it('differs from its neighbour in every digit but, perhaps, the check digit', () => {
    fc.assert(
      fc.property(counter, shift, (value, by) => {
        const [one, other] = [digitsOf(formatReference(value, by)), digitsOf(formatReference(value + 1, by))];
        fc.pre(one.length === other.length);
        expect(one.slice(0, -1).every((digit, index) => digit !== other[index])).toBe(true);
      }),
    );
  });

  it('detects any single wrong digit', () => {
    fc.assert(
      fc.property(counter, fc.nat(), fc.integer({ min: 1, max: 9 }), (value, place, shift) => {
        const digits = digitsOf(formatReference(value));
        const index = place % digits.length;
        digits[index] = String((Number(digits[index]) + shift) % 10);
        expect(parseReference(digits.join(''))).toEqual({ ok: false, fault: 'check-digit' });
      }),
    );
  });

  it('detects any swap of two neighbouring digits', () => {
    fc.assert(
      fc.property(counter, fc.nat(), (value, place) => {
        const digits = digitsOf(formatReference(value));
        const index = place % (digits.length - 1);
        const [one, other] = [digits[index], digits[index + 1]] as [string, string];
        fc.pre(one !== other);
        digits.splice(index, 2, other, one);
        expect(parseReference(digits.join(''))).toEqual({ ok: false, fault: 'check-digit' });
      }),
    );
  });

  it('never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseReference(text)).toHaveProperty('ok');
      }),
    );
  });
});
