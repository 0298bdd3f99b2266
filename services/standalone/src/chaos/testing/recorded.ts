import type { Pool } from 'pg';

/** An event as the log's table holds it: read without any code of the product. */
export interface Recorded {
  position: number;
  stream: string;
  version: number;
  id: string;
  type: string;
  data: { [name: string]: unknown };
  /** Epoch milliseconds. */
  at: number;
}

/** Every event of a ticket in the log, by position. */
export async function readTickets(pool: Pool): Promise<Recorded[]> {
  const { rows } = await pool.query<Recorded>(
    `select position::float8 as position, stream_id as stream, version, event_id as id, type, data,
       extract(epoch from occurred_at)::float8 * 1000 as at
     from log.events where category = 'ticket' order by position`,
  );
  return rows.map((row) => ({ ...row, at: Math.round(row.at) }));
}
