import type { TicketEvent } from '@ringback/domain/ticket';
import { breachRows } from '../../projection/breach-rows.ts';
import {
  breachTable,
  deadlineTable,
  outcomeTable,
  type Table,
  ticketTable,
  wordTable,
} from '../../projection/tables.ts';
import type { Projected } from '../../projection/ticket-row.ts';
import { wordRow } from '../../projection/word-row.ts';

/** A ticket's whole history and what the projection makes of it. */
export interface RebuiltTicket {
  events: readonly TicketEvent[];
  projected: Projected;
}

/** A table of schema `query` that is a function of each ticket's history. It has a `ticket_id` and a primary key. */
export interface ReadModel {
  table: Table;
  rows(ticket: RebuiltTicket): readonly object[];
}

/** What is rebuilt. Tables that queries join to others come last: they are locked in the opposite order. */
export const readModels: readonly ReadModel[] = [
  { table: ticketTable, rows: ({ projected }) => [projected.row] },
  {
    table: wordTable,
    rows: ({ events: [opening] }) => {
      const row = opening === undefined ? null : wordRow(opening);
      return row === null ? [] : [row];
    },
  },
  { table: outcomeTable, rows: ({ projected }) => projected.outcomes },
  { table: deadlineTable, rows: ({ projected }) => projected.deadlines },
  {
    table: breachTable,
    rows: ({ events, projected }) => breachRows(events, projected.row.customer_id),
  },
];
