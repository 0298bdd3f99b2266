import { parties, readings } from '@ringback/domain/service-level';

export type ColumnType = 'uuid' | 'text' | 'integer' | 'smallint' | 'bigint' | 'boolean' | 'timestamptz';

/** A table of schema `query` as it is written; what PostgreSQL computes of it is left out. */
export interface Table {
  name: string;
  /** Column → type. */
  columns: { readonly [column: string]: ColumnType };
}

/** What a column holds: of a `timestamptz` epoch milliseconds, or Infinity; of any other its value. */
export type Value = string | number | boolean | null;

const each = <T extends ColumnType>(names: readonly string[], type: T): { [column: string]: T } =>
  Object.fromEntries(names.map((name) => [name, type]));

export const ticketTable: Table = {
  name: 'tickets',
  columns: {
    ticket_id: 'uuid',
    reference: 'text',
    version: 'integer',
    position: 'bigint',
    state: 'text',
    customer_id: 'text',
    contract_id: 'text',
    covered: 'boolean',
    catalog: 'text',
    plan: 'text',
    priority: 'text',
    rank: 'smallint',
    outage: 'boolean',
    channel: 'text',
    assignee: 'text',
    opened_at: 'timestamptz',
    next_due_at: 'timestamptz',
  },
};

/** What tickets are found by besides their references. */
export const wordTable: Table = { name: 'words', columns: { ticket_id: 'uuid', words: 'text' } };

export const outcomeTable: Table = {
  name: 'outcomes',
  columns: {
    ticket_id: 'uuid',
    objective: 'text',
    occurrence: 'integer',
    customer_id: 'text',
    contract_id: 'text',
    catalog: 'text',
    plan: 'text',
    priority: 'text',
    month: 'text',
    started_at: 'timestamptz',
    ended_at: 'timestamptz',
    met_at: 'timestamptz',
    due_at: 'timestamptz',
    breached_at: 'timestamptz',
    judged_from: 'timestamptz',
    ...each(
      readings.map((reading) => `due_${reading}`),
      'timestamptz',
    ),
    served: 'bigint',
    gross: 'bigint',
    ...each(
      parties.map((party) => `held_${party}`),
      'bigint',
    ),
  },
};

export const deadlineTable: Table = {
  name: 'deadlines',
  columns: {
    ticket_id: 'uuid',
    objective: 'text',
    occurrence: 'integer',
    kind: 'text',
    due_at: 'timestamptz',
    customer_id: 'text',
  },
};

export const breachTable: Table = {
  name: 'breaches',
  columns: {
    position: 'bigint',
    event_id: 'uuid',
    ticket_id: 'uuid',
    customer_id: 'text',
    kind: 'text',
    objective: 'text',
    occurrence: 'integer',
    threshold_at: 'timestamptz',
    missed_at: 'timestamptz',
    recorded_at: 'timestamptz',
    retracted_at: 'timestamptz',
  },
};
