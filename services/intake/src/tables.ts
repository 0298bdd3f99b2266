import {
  createQueries,
  type DefaultedTimestamp,
  type Json,
  type Queries,
  type Timestamp,
} from '@ringback/database';
import type { Call } from '@ringback/domain/phone';
import type { ColumnType, Generated } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import type { DeliveryState } from './deliveries/delivery-states.ts';

/** The tables of the schema `intake`, as the migrations leave them. */
export interface IntakeTables {
  deliveries: DeliveryTable;
  calls: CallTable;
}

interface DeliveryTable {
  id: ColumnType<number, never, never>;
  integrationId: string;
  adapter: string;
  receivedAt: DefaultedTimestamp;
  contentType: string | null;
  query: string;
  body: Buffer;
  digest: string;
  repeats: Generated<number>;
  state: Generated<DeliveryState>;
  /** Counted before each is made. */
  attempts: Generated<number>;
  /** Attempts that have not ended: the process did. */
  unfinished: Generated<number>;
  nextAttemptAt: DefaultedTimestamp;
  leaseOwner: string | null;
  leasedUntil: Timestamp | null;
  detail: string | null;
}

interface CallTable {
  integrationId: string;
  callId: string;
  direction: 'in' | 'out';
  call: Json<Call>;
  callerE164: string | null;
  ticketId: string | null;
  ended: boolean;
  updatedAt: DefaultedTimestamp;
}

/** Queries on the tables of intake, on a pool or within a transaction. */
export const queriesOn = (connection: Pool | PoolClient): Queries<IntakeTables> =>
  createQueries<IntakeTables>(connection).withSchema('intake');
