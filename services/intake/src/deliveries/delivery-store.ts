import { createHash } from 'node:crypto';
import type { RawDelivery } from '@ringback/adapters';
import { sql } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { queriesOn } from '../tables.ts';
import type { DeliveryState } from './delivery-states.ts';

export interface StoredDelivery extends RawDelivery {
  id: number;
  integrationId: string;
  adapter: string;
  receivedAt: string;
  /** The present one included. */
  attempts: number;
  /** Earlier tries that have not ended: the process did. */
  unfinishedBefore: number;
}

export interface DeliveryLease {
  /** Random per process. */
  owner: string;
  milliseconds: number;
  limit: number;
  withSuspects: boolean;
}

/** Of what is recorded about a failure, in characters. */
export const longestDetail = 1_000;

export interface DeliveryRecord {
  id: number;
  integrationId: string;
  adapter: string;
  receivedAt: string;
  contentType: string | null;
  repeats: number;
  state: DeliveryState;
  attempts: number;
  detail: string | null;
}

interface Row {
  id: string;
  integration_id: string;
  adapter: string;
  received_at: Date;
  content_type: string | null;
  query: string;
  body: Buffer;
  attempts: number;
  unfinished: number;
}

/** Stores a delivery as it came; the same one again on the same day (UTC) is counted, not stored. */
export async function storeDelivery(
  pool: Pool,
  integrationId: string,
  adapter: string,
  { contentType, query, body }: RawDelivery,
): Promise<'new' | 'repeated'> {
  const digest = createHash('sha256')
    .update(`${contentType ?? ''}\n${query}\n`)
    .update(body)
    .digest('hex');
  const { rows } = await pool.query<{ repeats: number }>({
    name: 'intake-store-delivery-1',
    text: `insert into intake.deliveries (integration_id, adapter, content_type, query, body, digest)
      values ($1, $2, $3, $4, $5, to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD ') || $6)
      on conflict (integration_id, digest) do update set repeats = intake.deliveries.repeats + 1
      returning repeats`,
    values: [integrationId, adapter, contentType, query, body, digest],
  });
  return rows[0]?.repeats === 0 ? 'new' : 'repeated';
}

/** A delivery is set aside once so many tries have begun and not ended. */
export const mostUnfinishedTries = 3;

/**
 * Takes the oldest deliveries that are due, at most `limit`, and counts a try of each before it is made. One of which an
 * earlier try has not ended is taken alone, and only where `withSuspects` is true: it may have ended the process, and
 * must not draw others into it. `milliseconds`: how long they stay with an owner that is not heard of.
 */
export async function leaseDeliveries(
  pool: Pool,
  { owner, milliseconds, limit, withSuspects }: DeliveryLease,
): Promise<StoredDelivery[]> {
  const { rows } = await pool.query<Row>({
    name: 'intake-lease-deliveries-1',
    text: `with due as (
        select id, unfinished from intake.deliveries
        where state = 'pending' and next_attempt_at <= clock_timestamp()
          and (leased_until is null or leased_until < clock_timestamp()) and ($4 or unfinished = 0)
        order by id limit $3 for update skip locked
      ), suspect as (
        select min(id) as id from due where unfinished > 0
      ), chosen as (
        select due.id from due, suspect
        where suspect.id is null or due.id < suspect.id or suspect.id = (select min(id) from due) and due.id = suspect.id
      )
      update intake.deliveries d set attempts = attempts + 1, unfinished = unfinished + 1, lease_owner = $1::uuid,
        leased_until = clock_timestamp() + $2::float8 * interval '1 millisecond'
      from chosen where d.id = chosen.id returning d.*`,
    values: [owner, milliseconds, limit, withSuspects],
  });
  return rows
    .map((row) => ({
      id: Number(row.id),
      integrationId: row.integration_id,
      adapter: row.adapter,
      receivedAt: row.received_at.toISOString(),
      contentType: row.content_type,
      query: row.query,
      body: row.body,
      attempts: row.attempts,
      unfinishedBefore: row.unfinished - 1,
    }))
    .sort((one, other) => one.id - other.id);
}

/** Locks a leased delivery until the transaction ends. False when the lease has run out and another has taken it. */
export async function lockDelivery(transaction: PoolClient, id: number, owner: string): Promise<boolean> {
  const { rowCount } = await transaction.query({
    name: 'intake-lock-delivery-1',
    text: `select from intake.deliveries where id = $1 and lease_owner = $2 and state = 'pending'
      for update skip locked`,
    values: [id, owner],
  });
  return rowCount === 1;
}

/** Records what became of a try. `delaySeconds`: until the next one, where the delivery stays pending. */
export async function finishDelivery(
  connection: Pool | PoolClient,
  id: number,
  state: DeliveryState,
  detail: string | null,
  delaySeconds = 0,
): Promise<void> {
  await connection.query({
    name: 'intake-finish-delivery-2',
    text: `update intake.deliveries set state = $2, detail = $3, unfinished = 0, lease_owner = null, leased_until = null,
        next_attempt_at = clock_timestamp() + make_interval(secs => $4) where id = $1`,
    values: [id, state, detail?.slice(0, longestDetail) ?? null, delaySeconds],
  });
}

/** Gives up a delivery whose tries do not end; the number of them stays, as a mark. */
export async function setDeliveryAside(pool: Pool, id: number, detail: string): Promise<void> {
  await queriesOn(pool)
    .updateTable('deliveries')
    .set(({ eb }) => ({
      state: 'failed',
      detail,
      attempts: eb('attempts', '-', 1),
      unfinished: eb('unfinished', '-', 1),
      leaseOwner: null,
      leasedUntil: null,
    }))
    .where('id', '=', id)
    .execute();
}

/** Takes back tries that were counted and not made, or that a lost connection has undone. */
export async function releaseDeliveries(pool: Pool, ids: number[], owner: string): Promise<void> {
  await pool.query(
    `update intake.deliveries set attempts = greatest(attempts - 1, 0), unfinished = greatest(unfinished - 1, 0),
       leased_until = case when lease_owner = $2 then null else leased_until end,
       lease_owner = nullif(lease_owner, $2)
     where id = any ($1::bigint[]) and state = 'pending'`,
    [ids, owner],
  );
}

/** How many deliveries are set aside. */
export async function countSetAside(pool: Pool): Promise<number> {
  const { count } = await queriesOn(pool)
    .selectFrom('deliveries')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    // As a literal, which the index on them is made for.
    .where('unfinished', '>=', sql.lit(mostUnfinishedTries))
    .where('state', '=', 'failed')
    .executeTakeFirstOrThrow();
  return count;
}

const recorded = [
  'id',
  'integrationId',
  'adapter',
  'receivedAt',
  'contentType',
  'repeats',
  'state',
  'detail',
] as const;

/** The latest first. A try under way has been counted, and is not shown before it has an outcome. */
export async function listDeliveries(
  pool: Pool,
  { state, before, limit }: { state: DeliveryState | null; before: number | null; limit: number },
): Promise<DeliveryRecord[]> {
  const rows = await queriesOn(pool)
    .selectFrom('deliveries')
    .select(recorded)
    .select(sql<number>`attempts - (coalesce(leased_until > clock_timestamp(), false))::int`.as('attempts'))
    .$if(state !== null, (query) => query.where('state', '=', state as DeliveryState))
    .$if(before !== null, (query) => query.where('id', '<', before as number))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(represent);
}

/**
 * Puts a delivery that is done with back in the queue; null when there is none, false when it is still pending. One that
 * was set aside gets a single try: if that does not end either, it is set aside again.
 */
export async function replayDelivery(pool: Pool, id: number): Promise<DeliveryRecord | null | false> {
  const queries = queriesOn(pool);
  const replayed = await queries
    .updateTable('deliveries')
    .set(({ fn, val }) => ({
      state: 'pending',
      attempts: 0,
      nextAttemptAt: sql<Date>`clock_timestamp()`,
      unfinished: fn<number>('least', ['unfinished', val(mostUnfinishedTries - 1)]),
    }))
    .where('id', '=', id)
    .where('state', '<>', 'pending')
    .returning([...recorded, 'attempts'])
    .executeTakeFirst();
  if (replayed !== undefined) return represent(replayed);
  const known = await queries.selectFrom('deliveries').select('id').where('id', '=', id).executeTakeFirst();
  return known === undefined ? null : false;
}

function represent({
  receivedAt,
  ...row
}: Omit<DeliveryRecord, 'receivedAt'> & { receivedAt: Date }): DeliveryRecord {
  return { ...row, receivedAt: receivedAt.toISOString() };
}
