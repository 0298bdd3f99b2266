import { parties, readings } from '@ringback/domain/service-level';
import type { TicketEvent } from '@ringback/domain/ticket';
import { breachRows } from '../projection/breach-rows.ts';
import { searchExpression } from '../projection/search.ts';
import { deadlineRows, type Projected } from '../projection/ticket-row.ts';

/** A ticket's whole history and what the projection makes of it. */
export interface RebuiltTicket {
  events: TicketEvent[];
  projected: Projected;
}

/** A table of schema `query` that is a function of each ticket's history. It has a `ticket_id` and a primary key. */
export interface ReadModel {
  table: string;
  /** The columns that are written. */
  columns: readonly string[];
  /** Columns that PostgreSQL computes of the others, as the live projection's statement does: column → expression. */
  computed?: { readonly [column: string]: string };
  rows(ticket: RebuiltTicket): { [column: string]: unknown }[];
}

/** What is rebuilt. Tables that queries join to others come last: they are locked in the opposite order. */
export const readModels: readonly ReadModel[] = [
  {
    table: 'tickets',
    columns: [
      'ticket_id',
      'reference',
      'version',
      'position',
      'state',
      'customer_id',
      'contract_id',
      'covered',
      'catalog',
      'plan',
      'priority',
      'rank',
      'outage',
      'channel',
      'assignee',
      'opened_at',
      'next_due_at',
      'ticket',
    ],
    computed: { search: searchExpression },
    rows: ({ projected }) => [{ ...projected.row }],
  },
  {
    table: 'outcomes',
    columns: [
      'ticket_id',
      'objective',
      'occurrence',
      'customer_id',
      'contract_id',
      'catalog',
      'plan',
      'priority',
      'month',
      'started_at',
      'ended_at',
      'met_at',
      'due_at',
      'breached_at',
      'judged_from',
      ...readings.map((reading) => `due_${reading}`),
      'served',
      'gross',
      ...parties.map((party) => `held_${party}`),
    ],
    rows: ({ projected }) => projected.outcomes.map((row) => ({ ...row })),
  },
  {
    table: 'deadlines',
    columns: ['ticket_id', 'objective', 'occurrence', 'kind', 'due_at', 'customer_id'],
    rows: ({ projected }) => deadlineRows(projected),
  },
  {
    table: 'breaches',
    columns: [
      'position',
      'event_id',
      'ticket_id',
      'customer_id',
      'kind',
      'objective',
      'occurrence',
      'threshold_at',
      'missed_at',
      'recorded_at',
      'retracted_at',
    ],
    rows: ({ events, projected }) => breachRows(events, projected.row.customer_id).map((row) => ({ ...row })),
  },
];
