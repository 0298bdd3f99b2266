import type { Pool } from 'pg';
import type { Lag } from '../port.ts';

/** How far a position is behind the log's head: events, and the age in seconds of the first of them. */
export async function lagOf(pool: Pool, position: number): Promise<Lag> {
  const { rows } = await pool.query<{ events: number; seconds: number | null }>(
    `select greatest(h.position - $1, 0)::float8 as events,
       (select extract(epoch from clock_timestamp() - e.recorded_at)::float8 from log.events e
        where e.position > $1 order by e.position limit 1) as seconds
     from log.head h`,
    [position],
  );
  return { events: rows[0]?.events ?? 0, seconds: Math.max(0, rows[0]?.seconds ?? 0) };
}
