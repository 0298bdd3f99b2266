import { parseReference } from '@ringback/domain/ticket';
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
 * The condition on tickets `t`, in SQL, and its parameters, which are numbered on from `after`. Only what is asked for
 * stands in it: the planner then sees whether to begin with the words or with the tickets.
 */
export function isFound(
  { words, reference, rest }: Search,
  after: number,
): { sql: string; values: string[] } {
  const match = (nth: number) =>
    `select ticket_id from query.words where search @@ websearch_to_tsquery('simple', $${after + nth})`;
  if (reference === null) return { sql: `t.ticket_id in (${match(1)})`, values: [words] };
  const named = `select ticket_id from query.tickets where reference = $${after + 2}`;
  return rest === null
    ? { sql: `t.ticket_id in (${match(1)} union all ${named})`, values: [words, reference] }
    : {
        sql: `t.ticket_id in (${match(1)} union all ${named} and ticket_id in (${match(3)}))`,
        values: [words, reference, rest],
      };
}
