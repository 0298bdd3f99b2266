import * as z from 'zod';

/**
 * Text that every store and wire can carry: PostgreSQL refuses U+0000, and UTF-8 has no form for a lone surrogate.
 * `maximum` counts UTF-16 code units.
 */
export function plainText(maximum: number) {
  return z
    .string()
    .min(1)
    .max(maximum)
    .refine((text) => text === '' || !isBlank(text), 'text that is not blank')
    .refine(isPlainText, 'text without U+0000 and without unpaired surrogates');
}

/** White space, and what is not seen either: controls, joiners, marks of direction, byte order marks, fillers. */
const unseen =
  /^(?:\s|\p{Cc}|\p{Cf}|\p{Zs}|\p{Variation_Selector}|\p{Default_Ignorable_Code_Point}|\u2800)*$/u;

/** Whether nothing of a text is seen. Joiners inside a text stay: emoji, Persian and Indic scripts need them. */
function isBlank(text: string): boolean {
  return unseen.test(text);
}

export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

const longestAddress = 254;
const longestLocalPart = 64;

/** An e-mail address that a mail server takes (RFC 5321, 4.5.3.1): 64 octets before the `@`, 254 in all. */
export const EmailAddress = z
  .email({ abort: true })
  .max(longestAddress)
  .refine(
    (address) => address.lastIndexOf('@') <= longestLocalPart,
    `at most ${longestLocalPart} characters before the @`,
  );
