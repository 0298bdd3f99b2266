import { describe, expect, it } from 'vitest';
import { EmailAddress, plainText } from './plain-text.ts';

const isTaken = (text: string) => plainText(100).safeParse(text).success;

describe('A text that people read', () => {
  it.each([
    '',
    ' ',
    '\t\n',
    '\u00a0',
    '\u200b',
    '\u200b\u200c\u200d\ufeff',
    '\u2060\u200e\u202e',
    '\u00ad',
    '\u3164',
    '\u2800',
    '\ufe0f',
    '\u0000',
    '\ud800',
  ])('is not %j', (text) => {
    expect(isTaken(text)).toBe(false);
  });

  it.each(['x', ' No dial tone ', '👩‍👩‍👧‍👦', '❤️', 'می‌خواهم', 'क्‍ष', 'שלום\u200f', '.', '0'])(
    'may be %j, which stays as it is',
    (text) => {
      expect(plainText(100).parse(text)).toBe(text);
    },
  );
});

describe('An e-mail address', () => {
  it.each([
    ['operations@provider.example', true],
    [`${'a'.repeat(64)}@provider.example`, true],
    [`${'a'.repeat(65)}@provider.example`, false],
    [`a@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.example`, true],
    [`abcd@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(60)}.example`, false],
    ['operations', false],
  ])('%j is taken: %j', (address, expected) => {
    expect(EmailAddress.safeParse(address).success).toBe(expected);
  });
});
