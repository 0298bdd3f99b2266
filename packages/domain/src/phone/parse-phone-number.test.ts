import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCountry, parsePhoneNumber } from './index.ts';

const e164 = (raw: string, country: string | null) => parsePhoneNumber(raw, country).e164;

describe('a number', () => {
  it.each([
    ['+442079460000', null, '+442079460000'],
    ['+44 (0)20 7946 0000', 'GB', '+442079460000'],
    ['020 7946 0000', 'GB', '+442079460000'],
    ['020/7946-0000', 'GB', '+442079460000'],
    ['020.7946.0000', 'GB', '+442079460000'],
    ['2079460000', 'GB', '+442079460000'],
    ['442079460000', 'GB', '+442079460000'],
    ['442079460000', 'LU', '+442079460000'],
    ['442079460000', null, '+442079460000'],
    ['493023125741', 'GB', '+493023125741'],
    ['19792014278', 'GB', '+19792014278'],
    ['00442079460000', 'ZA', '+442079460000'],
    ['011 44 20 7946 0000', 'US', '+442079460000'],
    ['+1 800-123-4567', 'GB', '+18001234567'],
    ['+15551234567', 'GB', '+15551234567'],
    ['(212) 555-0100', 'us', '+12125550100'],
    ['02 7946 0000', 'GB', '+44279460000'],
    ['270000', 'LU', '+352270000'],
    [' 442079460000', 'DE', '+442079460000'],
    [' 02079460000', 'GB', '+442079460000'],
    ['+44 20 7946 0000 ext. 12', 'GB', '+442079460000'],
    ['+44 20 7946 0000 x12', 'GB', '+442079460000'],
    ['sip:+442079460000@pbx.example;user=phone', null, '+442079460000'],
    ['"Reception" <sip:02079460000@pbx.example>', 'GB', '+442079460000'],
    ['sips:%2B442079460000@pbx.example', null, '+442079460000'],
    ['tel:+44-20-7946-0000;ext=12', null, '+442079460000'],
    ['٠٢٠٧٩٤٦٠٠٠٠', 'GB', '+442079460000'],
  ])('%j in %s is %s', (raw, country, expected) => {
    expect(parsePhoneNumber(raw, country)).toEqual({ raw, e164: expected, anonymous: false });
  });

  it.each([
    ['101', 'GB'],
    ['2012', 'LU'],
    ['12345', 'LU'],
    ['112', 'DE'],
    ['101229', 'GB'],
    ['sip:101@pbx.example', 'GB'],
    ['sip:alice@pbx.example', 'GB'],
    ['alice', 'GB'],
    ['emma@corner.example', 'GB'],
    ['PlivoSignature38202910405817107870', 'US'],
    ['1800FLOWERS', 'US'],
    ['5550100', 'US'],
    ['020 7946 0000', null],
    ['020 7946 0000', 'XX'],
    ['+999123456789', 'GB'],
    ['+4420794600', 'GB'],
    ['1'.repeat(400), 'GB'],
  ])('%j in %s is not a number of the world', (raw, country) => {
    expect(parsePhoneNumber(raw, country)).toEqual({ raw, e164: null, anonymous: false });
  });

  it('may be an extension of more digits where the phone system has such', () => {
    expect(parsePhoneNumber('270000', 'LU', { extensionDigits: 6 }).e164).toBeNull();
  });
});

describe('digits without a plus', () => {
  it('are national first, unless the phone system leaves the plus out', () => {
    expect(e164('442079460000', 'DE')).toBe('+49442079460000');
    expect(parsePhoneNumber('442079460000', 'DE', { omitsPlus: true }).e164).toBe('+442079460000');
    expect(parsePhoneNumber('493023125741', 'DE', { omitsPlus: true }).e164).toBe('+493023125741');
    expect(parsePhoneNumber('03023125741', 'DE', { omitsPlus: true }).e164).toBe('+493023125741');
  });
});

describe('a withheld number', () => {
  it.each([
    null,
    undefined,
    '',
    '  ',
    'anonymous',
    'Anonymous',
    '<unknown>',
    '"Anonymous" <sip:anonymous@anonymous.invalid>',
    'sip:anonymous@anonymous.invalid',
    'Restricted',
    'PRIVATE',
    'Private Number',
    'unavailable',
    'Withheld',
    '+266696687',
    '266696687',
    '*UNKNOWN*',
    '[Number]',
    '{TRIGGER.CALLER}',
    'null',
    'N/A',
    '-',
    '+',
    '0000000000',
  ])('%j is seen as such', (raw) => {
    expect(parsePhoneNumber(raw, 'GB')).toEqual({ raw: null, e164: null, anonymous: true });
  });

  it('is not kept where the phone system gives it along', () => {
    expect(parsePhoneNumber('+442079460000', 'GB', { withheld: true })).toEqual({
      raw: null,
      e164: null,
      anonymous: true,
    });
  });
});

describe('whatever a phone system sends', () => {
  it('is read without a fault, and E.164 is a fixed point', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.constantFrom('GB', 'US', 'ZA', 'LU', null),
        (raw, country) => {
          const parsed = parsePhoneNumber(raw, country);
          if (parsed.e164 === null) return;
          expect(parsed.e164).toMatch(/^\+[1-9]\d{3,16}$/);
          expect(e164(parsed.e164, country)).toBe(parsed.e164);
        },
      ),
    );
  });

  it('of digits is the same with separators', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^0[1-9]\d{8,9}$/),
        fc.constantFrom('/', '-', ' ', '.'),
        (digits, separator) => {
          const separated = `${digits.slice(0, 4)}${separator}${digits.slice(4)}`;
          expect(e164(separated, 'GB')).toBe(e164(digits, 'GB'));
        },
      ),
    );
  });
});

describe('a country', () => {
  it('is one of ISO 3166', () => {
    expect(['GB', 'ZA', 'XX', 'gb', ''].map(isCountry)).toEqual([true, true, false, false, false]);
  });
});
