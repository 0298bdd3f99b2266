import { parseReference } from '@ringback/domain/ticket';

/** What is asked for, in the terms of `query.words` and `query.tickets`. */
export interface Search {
  /** As it stands: all of its words are looked for. */
  words: string;
  /** A ticket's reference in it; null: there is none. */
  reference: string | null;
  /** What that ticket has to have beside its reference; null: nothing. */
  rest: string | null;
}

/** Reads the text of a search: words, and perhaps a ticket's reference in any of its spellings. */
export function readSearch(text: string): Search {
  const whole = parseReference(text);
  if (whole.ok) return { words: text, reference: whole.reference, rest: null };
  const words = text.split(/\s+/);
  for (const [index, word] of words.entries()) {
    const parsed = parseReference(word);
    if (parsed.ok)
      return { words: text, reference: parsed.reference, rest: words.toSpliced(index, 1).join(' ') };
  }
  return { words: text, reference: null, rest: null };
}

/** In SQL, of the parameters that hold a search's fields; the tickets are `t`. */
export function isFound(words: string, reference: string, rest: string): string {
  const match = (text: string) =>
    `select ticket_id from query.words where search @@ websearch_to_tsquery('simple', ${text})`;
  return `(${words}::text is null or ${reference}::text is not null or t.ticket_id in (${match(words)}))
    and (${reference}::text is null or t.ticket_id in (${match(words)} union all
      select ticket_id from query.tickets where reference = ${reference}
        and (${rest}::text is null or ticket_id in (${match(rest)}))))`;
}
