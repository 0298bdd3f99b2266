import { createHash } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import type { RawDelivery } from './body.ts';

export interface StoredDelivery extends RawDelivery {
  id: number;
  integrationId: string;
  adapter: string;
  receivedAt: string;
  attempts: number;
}

export const deliveryStates = ['pending', 'done', 'ignored', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

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
  repeats: number;
  state: DeliveryState;
  attempts: number;
  detail: string | null;
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

/** The oldest delivery that is due, locked: another instance takes the next one. */
export async function takeDelivery(transaction: PoolClient): Promise<StoredDelivery | null> {
  const { rows } = await transaction.query<Row>(
    `select * from intake.deliveries where state = 'pending' and next_attempt_at <= clock_timestamp()
     order by id limit 1 for update skip locked`,
  );
  const row = rows[0];
  return row === undefined
    ? null
    : {
        id: Number(row.id),
        integrationId: row.integration_id,
        adapter: row.adapter,
        receivedAt: row.received_at.toISOString(),
        contentType: row.content_type,
        query: row.query,
        body: row.body,
        attempts: row.attempts,
      };
}

export async function finishDelivery(
  connection: Pool | PoolClient,
  id: number,
  state: DeliveryState,
  detail: string | null,
  delaySeconds = 0,
): Promise<void> {
  await connection.query(
    `update intake.deliveries set state = $2, detail = $3, attempts = attempts + 1,
       next_attempt_at = clock_timestamp() + make_interval(secs => $4) where id = $1`,
    [id, state, detail?.slice(0, 1_000) ?? null, delaySeconds],
  );
}

/** The latest first. */
export async function listDeliveries(
  pool: Pool,
  { state, before, limit }: { state: DeliveryState | null; before: number | null; limit: number },
): Promise<DeliveryRecord[]> {
  const { rows } = await pool.query<Row>(
    `select id, integration_id, adapter, received_at, content_type, repeats, state, attempts, detail
     from intake.deliveries where ($1::text is null or state = $1) and ($2::bigint is null or id < $2)
     order by id desc limit $3`,
    [state, before, limit],
  );
  return rows.map(represent);
}

/** Puts a delivery that failed or was ignored back in the queue; null when there is none, false when it is not over. */
export async function replayDelivery(pool: Pool, id: number): Promise<DeliveryRecord | null | false> {
  const { rows } = await pool.query<Row>('select * from intake.deliveries where id = $1', [id]);
  const row = rows[0];
  if (row === undefined) return null;
  if (row.state === 'pending') return false;
  const { rows: updated } = await pool.query<Row>(
    `update intake.deliveries set state = 'pending', attempts = 0, next_attempt_at = clock_timestamp()
     where id = $1 returning *`,
    [id],
  );
  return represent(updated[0] as Row);
}

function represent(row: Row): DeliveryRecord {
  return {
    id: Number(row.id),
    integrationId: row.integration_id,
    adapter: row.adapter,
    receivedAt: row.received_at.toISOString(),
    contentType: row.content_type,
    repeats: row.repeats,
    state: row.state,
    attempts: row.attempts,
    detail: row.detail,
  };
}
