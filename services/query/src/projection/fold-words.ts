const ascii = /^[\0-\x7f]*$/;
/** What PostgreSQL takes for a letter or a blank depending on its locale, and is neither letter, mark nor number. */
const signs = /[^\0-\x7f\p{L}\p{M}\p{N}]/gu;

/**
 * Text as it is searched: “Köln”, KÖLN and köln are one, as are Straße and STRASSE. PostgreSQL's own folding depends on
 * the locale of the database, and in the locale C it knows ASCII only; of what this returns it makes the same words in
 * every locale. Folding twice changes nothing.
 */
export function foldWords(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  // Through capitals: ß and ss, σ and ς have one capital. The capital of ẞ is itself, though, and its small one is ß.
  const capitals = text.normalize('NFKC').toLowerCase().toUpperCase();
  return capitals.toLowerCase().normalize('NFKC').replace(signs, ' ');
}
