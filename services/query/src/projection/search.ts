/**
 * What a ticket is found by, in SQL over its row's columns `reference` and `ticket`: a row is then the same whether it
 * came by a statement or by a copy.
 */
export const searchExpression = `to_tsvector('simple', reference || ' ' || replace(reference, '-', '')
  || coalesce(' ' || (ticket->>'subject'), '') || coalesce(' ' || (ticket->>'description'), '')
  || coalesce(' ' || (ticket->>'email'), '') || coalesce(' ' || (ticket->'caller'->>'e164'), ''))`;
