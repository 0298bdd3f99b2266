import { parseReference } from '@ringback/domain/ticket';
import { type RawBuilder, sql } from 'kysely';
import { foldWords } from '../projection/fold-words.ts';

/** What is asked for, in the terms of `query.words` and `query.tickets`. */
export interface Search {
  /** Folded: all of its words are looked for. */
  words: string;
  /** A ticket's reference in it; null: there is none. */
  reference: string | null;
  /** What that ticket has to have besides its reference; null: nothing. */
  rest: string | null;
}

/** Reads the text of a search: words, and perhaps a ticket's reference in any of its spellings. */
export function readSearch(text: string): Search {
  const whole = parseReference(text);
  if (whole.ok) return { words: foldWords(text), reference: whole.reference, rest: null };
  const words = text.split(/\s+/);
  for (const [index, word] of words.entries()) {
    const parsed = parseReference(word);
    if (parsed.ok)
      return {
        words: foldWords(text),
        reference: parsed.reference,
        rest: foldWords(words.toSpliced(index, 1).join(' ')),
      };
  }
  return { words: foldWords(text), reference: null, rest: null };
}

/**
 * The ids of the tickets that are found, for a condition `in`. Only what is asked for stands in it: the planner then
 * sees whether to begin with the words or with the tickets.
 */
export function matches({ words, reference, rest }: Search): RawBuilder<string> {
  const match = (text: string) =>
    sql<string>`select ticket_id from query.words where search @@ websearch_to_tsquery('simple', ${text})`;
  if (reference === null) return sql`(${match(words)})`;
  const named = sql<string>`select ticket_id from query.tickets where reference = ${reference}`;
  return rest === null
    ? sql`(${match(words)} union all ${named})`
    : sql`(${match(words)} union all ${named} and ticket_id in (${match(rest)}))`;
}
