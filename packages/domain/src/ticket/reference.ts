/**
 * Reference numbers: what a caller reads out over a bad line. `RB-4820-1937` is a counter, scrambled so that
 * neighbours differ in every digit, and a check digit that detects any single wrong digit and any swap of two neighbours.
 */

/** The quasigroup of order 10 that Damm gives for his check digit: totally anti-symmetric, zeros on the diagonal. */
const damm = [
  '0317598642',
  '7092154863',
  '4206871359',
  '1750983426',
  '6123045978',
  '3674209581',
  '5869720134',
  '8945362017',
  '9438617205',
  '2581436790',
];

const shortestPayload = 7;
const longestPayload = 15;

/**
 * A multiplier coprime to 10 is a bijection of the residues modulo 10^n. None of its digits is 0 or 9, so that adding
 * it changes every digit, with and without a carry. Its last n digits are taken.
 */
const multiplierDigits = '472618354163847';
const offsetDigits = '158302649175306';

/**
 * Returns the reference number of a counter that counts from 0. After ten million it grows by a digit, and so on.
 * `shift` is a whole number of up to 15 digits: installations with different shifts count through different numbers.
 * Throws a RangeError for any other counter.
 */
export function formatReference(counter: number, shift = 0n): string {
  if (!Number.isSafeInteger(counter) || counter < 0) {
    throw new RangeError(`A reference counter is a whole number from 0, not ${counter}`);
  }
  let length = shortestPayload;
  let index = BigInt(counter);
  while (index >= sizeOf(length)) {
    index -= sizeOf(length);
    length += 1;
  }
  const payload = String((index * multiplier(length) + offset(length) + shift) % sizeOf(length)).padStart(
    length,
    '0',
  );
  return group(payload + checkDigit(payload));
}

export type ParsedReference =
  | { ok: true; reference: string; counter: number }
  /** `malformed`: not a reference number at all; `check-digit`: one that was misread. */
  | { ok: false; fault: 'malformed' | 'check-digit' };

/**
 * Reads a reference number as people write it: any case, spaces and dashes anywhere, `RB` left out. `counter` is the one
 * that `formatReference` turned into this number with the same `shift`.
 */
export function parseReference(text: string, shift = 0n): ParsedReference {
  const digits = text
    .normalize('NFKC')
    .replace(/[\s\p{Dash_Punctuation}\u2212#]/gu, '')
    .replace(/^RB/i, '');
  const length = digits.length - 1;
  if (!/^\d+$/.test(digits) || length < shortestPayload || length > longestPayload) {
    return { ok: false, fault: 'malformed' };
  }
  const payload = digits.slice(0, -1);
  if (checkDigit(payload) !== digits.slice(-1)) return { ok: false, fault: 'check-digit' };
  const size = sizeOf(length);
  const distance = BigInt(payload) - ((offset(length) + shift) % size) + size;
  let counter = (distance * inverse(multiplier(length), size)) % size;
  for (let shorter = shortestPayload; shorter < length; shorter += 1) counter += sizeOf(shorter);
  return { ok: true, reference: group(digits), counter: Number(counter) };
}

/** H. M. Damm, "Total anti-symmetrische Quasigruppen", 2004. */
function checkDigit(payload: string): string {
  let interim = '0';
  for (const digit of payload) interim = damm[Number(interim)]?.[Number(digit)] ?? '0';
  return interim;
}

function sizeOf(length: number): bigint {
  return 10n ** BigInt(length);
}

function multiplier(length: number): bigint {
  return BigInt(multiplierDigits.slice(-length));
}

function offset(length: number): bigint {
  return BigInt(offsetDigits.slice(-length));
}

/** Modulo a power of ten; Euler: a^(φ(m) - 1), where φ(10^n) = 4·10^(n-1). */
function inverse(value: bigint, modulus: bigint): bigint {
  let result = 1n;
  let base = value % modulus;
  for (let exponent = (modulus / 10n) * 4n - 1n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % modulus;
    base = (base * base) % modulus;
  }
  return result;
}

/** In groups of three or four, as telephone numbers are read out. */
function group(digits: string): string {
  const groups = Math.ceil(digits.length / 4);
  const parts: string[] = [];
  let start = 0;
  for (let remaining = groups; remaining > 0; remaining -= 1) {
    const size = Math.floor((digits.length - start) / remaining);
    parts.push(digits.slice(start, start + size));
    start += size;
  }
  return `RB-${parts.join('-')}`;
}
