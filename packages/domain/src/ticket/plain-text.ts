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
    .refine((text) => text === '' || text.trim() !== '', 'text that is not blank')
    .refine(isPlainText, 'text without U+0000 and without unpaired surrogates');
}

export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
