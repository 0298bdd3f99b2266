import type { TicketEvent } from '@ringback/domain/ticket';
import { foldWords } from './fold-words.ts';

/** A row of `query.words`. */
export interface WordRow {
  ticket_id: string;
  words: string;
}

/**
 * What a ticket is found by, folded, all of it from its opening; null for any other event. A withheld number is no part
 * of it.
 */
export function wordRow(event: TicketEvent): WordRow | null {
  if (event.type !== 'TicketOpened') return null;
  const { subject, description, email, caller } = event.data;
  let words = subject;
  if (description !== null) words += ` ${description}`;
  if (email !== null) words += ` ${email}`;
  if (caller !== null && !caller.anonymous && caller.e164 !== null) words += ` ${caller.e164}`;
  return { ticket_id: event.ticketId, words: foldWords(words) };
}
