import { describe, expect, it } from 'vitest';
import { formatReference, parseReference } from './index.ts';

describe('a reference number', () => {
  it('is short and in groups', () => {
    expect(formatReference(0)).toMatch(/^RB-\d{4}-\d{4}$/);
    expect(formatReference(9_999_999)).toMatch(/^RB-\d{4}-\d{4}$/);
    expect(formatReference(10_000_000)).toMatch(/^RB-\d{3}-\d{3}-\d{3}$/);
    expect(formatReference(10_000_000 + 10 ** 8)).toMatch(/^RB-\d{3}-\d{3}-\d{4}$/);
  });

  it('stays what it is: tickets out there carry it', () => {
    expect([0, 1, 2, 10_000_000].map((counter) => formatReference(counter))).toEqual([
      'RB-9175-3066',
      'RB-3339-1533',
      'RB-7503-0008',
      'RB-491-753-069',
    ]);
  });

  it.each([
    (reference: string) => reference.toLowerCase(),
    (reference: string) => reference.replaceAll('-', ''),
    (reference: string) => reference.replaceAll('-', ' '),
    (reference: string) => reference.replace('RB-', ''),
    (reference: string) => ` #${reference.replaceAll('-', '–')}\n`,
    (reference: string) => reference.replace(/\d{4}$/, (digits) => [...digits].join(' ')),
  ])('is read however it is written (%#)', (write) => {
    const reference = formatReference(4711);
    expect(parseReference(write(reference))).toEqual({ ok: true, reference, counter: 4711 });
  });

  it.each(['', 'RB', 'RB-123', 'RB-1234-567X', '0192f0c1-2345-7abc-8def-0123456789ab', '1'.repeat(17)])(
    'is not what %j is',
    (text) => {
      expect(parseReference(text)).toEqual({ ok: false, fault: 'malformed' });
    },
  );

  it('is made of whole numbers from 0 only', () => {
    expect(() => formatReference(-1)).toThrow(RangeError);
    expect(() => formatReference(0.5)).toThrow(RangeError);
  });
});
