import {
  type CountryCode,
  isSupportedCountry,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';
import { isAnonymous } from './anonymous.ts';

/** A number as it came, what it is worldwide, and whether the caller withheld it. */
export interface ParsedPhoneNumber {
  /** Null: missing, or withheld. */
  raw: string | null;
  /** `+442079460000`; null: withheld, an extension, a SIP user, or no number. */
  e164: string | null;
  anonymous: boolean;
}

export interface PhoneNumberOptions {
  /** The phone system says that the number is withheld, whatever stands in its field. */
  withheld?: boolean;
  /** Bare numbers of so many digits or fewer are extensions. Default 5. */
  extensionDigits?: number;
  /**
   * The phone system writes E.164 without its `+`. Where a country's numbers have no fixed length (Germany, Austria)
   * nothing else tells 442079460000 from a national number. Default false.
   */
  omitsPlus?: boolean;
}

/** Longer than any number with separators, extension or SIP domain in use; more is not parsed. */
const maximumLength = 200;

const withheld: ParsedPhoneNumber = { raw: null, e164: null, anonymous: true };

/**
 * Reads a number in whatever way a phone system writes it: international or national, with or without `+`, with
 * separators, as a SIP or tel URI. A leading space is a `+` that a form decoded. `defaultCountry` is ISO 3166 alpha-2:
 * national numbers are read in it; null: international ones only. Digits without `+` are a number of that country
 * where they can be one, else an international number. Never throws.
 */
export function parsePhoneNumber(
  raw: string | null | undefined,
  defaultCountry: string | null,
  options: PhoneNumberOptions = {},
): ParsedPhoneNumber {
  if (options.withheld === true || raw === null || raw === undefined) return withheld;
  const user = userOf(raw);
  if (isAnonymous(user)) return withheld;
  const country = defaultCountry?.toUpperCase() ?? null;
  const known = country !== null && isSupportedCountry(country) ? country : null;
  return { raw, e164: toE164(user, known, options), anonymous: false };
}

/** Whether numbers can be read in this country: ISO 3166 alpha-2. */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code);
}

/** The user of `"Name" <sip:user@host;transport=udp>`, the number of `tel:+44…;ext=1`, else the text itself. */
function userOf(raw: string): string {
  const uri = /(?:^|<)\s*(?:sips?|tel):([^@;>]*)/i.exec(raw)?.[1];
  if (uri === undefined) return raw;
  return uri.replaceAll(/%[0-9a-f]{2}/gi, (escaped) => {
    const code = Number.parseInt(escaped.slice(1), 16);
    return code < 0x80 ? String.fromCharCode(code) : escaped;
  });
}

function toE164(text: string, country: CountryCode | null, options: PhoneNumberOptions): string | null {
  const { extensionDigits = 5, omitsPlus = false } = options;
  const trimmed = text.trim();
  if (trimmed.length > maximumLength || /\p{Letter}.*\p{Letter}/u.test(withoutExtension(trimmed)))
    return null;
  const isInternational = /^[+\uFF0B]/.test(trimmed);
  const digits = trimmed.replaceAll(/\P{Number}/gu, '');
  if (!isInternational && digits.length <= extensionDigits) return null;
  const asGiven = parse(trimmed, country);
  if (isInternational) return asGiven?.isPossible() === true ? asGiven.number : null;
  const withPlus = /^[1-9]/.test(digits) ? parse(`+${trimmed}`, null) : null;
  const candidates = omitsPlus || /^ \d/.test(text) ? [withPlus, asGiven] : [asGiven, withPlus];
  const valid = candidates.find((candidate) => candidate?.isValid() === true);
  // Numbering plans change faster than what is known of them; a length that fits is enough in the own country.
  const likely = valid ?? (asGiven?.isPossible() === true ? asGiven : null);
  return likely?.number ?? null;
}

/** `ext. 12` and its like are no reason to take a number for a name. */
function withoutExtension(text: string): string {
  return text.replace(/\s*(?:;\s*ext=|ext(?:ension)?\.?|x)\s*\d+$/i, '');
}

function parse(text: string, country: CountryCode | null): PhoneNumber | null {
  const options = country === null ? { extract: false } : { extract: false, defaultCountry: country };
  return parsePhoneNumberFromString(text, options) ?? null;
}
