import type { Pool, PoolClient } from 'pg';
import type { ParkedStream, RecordedEvent } from '../port.ts';

/** A subscription's parked streams: what could not be processed, and what waits behind it, until it is replayed. */
export interface Parking {
  streams(connection: Pool | PoolClient): Promise<Set<string>>;
  park(transaction: PoolClient, events: RecordedEvent[], error: string): Promise<void>;
  list(): Promise<ParkedStream[]>;
  positions(transaction: PoolClient, streamId: string): Promise<number[]>;
  release(transaction: PoolClient, position: number): Promise<void>;
  blame(position: number, error: string): Promise<void>;
}

const maximumErrorLength = 2_000;

export function createParking(pool: Pool, schema: string, subscription: string): Parking {
  const table = `${schema}.parked_events`;
  return {
    async streams(connection) {
      const { rows } = await connection.query<{ stream_id: string }>(
        `select distinct stream_id from ${table} where subscription = $1`,
        [subscription],
      );
      return new Set(rows.map(({ stream_id }) => stream_id));
    },
    async park(transaction, events, error) {
      await transaction.query(
        `insert into ${table} (subscription, stream_id, position, error)
         select $1, stream_id, position, $4 from unnest($2::text[], $3::bigint[]) as e (stream_id, position)`,
        [
          subscription,
          events.map(({ streamId }) => streamId),
          events.map(({ position }) => position),
          error.slice(0, maximumErrorLength),
        ],
      );
    },
    async list() {
      const { rows } = await pool.query<{
        stream_id: string;
        first: string;
        events: number;
        error: string;
        parked_at: Date;
      }>(
        `select stream_id, min(position) as first, count(*)::int as events, min(parked_at) as parked_at,
           (array_agg(error order by position))[1] as error
         from ${table} where subscription = $1 group by stream_id order by first`,
        [subscription],
      );
      return rows.map((row) => ({
        subscription,
        streamId: row.stream_id,
        firstPosition: Number(row.first),
        events: row.events,
        error: row.error,
        parkedAt: row.parked_at.toISOString(),
      }));
    },
    async positions(transaction, streamId) {
      const { rows } = await transaction.query<{ position: string }>(
        `select position from ${table} where subscription = $1 and stream_id = $2 order by position`,
        [subscription, streamId],
      );
      return rows.map(({ position }) => Number(position));
    },
    async release(transaction, position) {
      await transaction.query(`delete from ${table} where subscription = $1 and position = $2`, [
        subscription,
        position,
      ]);
    },
    async blame(position, error) {
      await pool.query(`update ${table} set error = $3 where subscription = $1 and position = $2`, [
        subscription,
        position,
        error.slice(0, maximumErrorLength),
      ]);
    },
  };
}
