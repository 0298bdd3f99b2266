import { type BigInteger, createQueries, type Queries, type Timestamp } from '@ringback/database';
import type { Pool } from 'pg';

/** The tables of the schema `query`, as far as lists read them. */
export interface ReadTables {
  tickets: TicketTable;
  outcomes: OutcomeTable;
  words: WordTable;
}

interface TicketTable {
  ticketId: string;
  reference: string;
  version: number;
  position: BigInteger;
  state: string;
  customerId: string | null;
  contractId: string | null;
  catalog: string | null;
  plan: string | null;
  priority: string;
  channel: string;
  assignee: string | null;
  openedAt: Timestamp;
}

interface OutcomeTable {
  ticketId: string;
  endedAt: Timestamp | null;
}

interface WordTable {
  ticketId: string;
  search: unknown;
}

/** Queries on the read models. */
export const queriesOn = (pool: Pool): Queries<ReadTables> =>
  createQueries<ReadTables>(pool).withSchema('query');
