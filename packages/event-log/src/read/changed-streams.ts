import type { Pool, PoolClient } from 'pg';
import type { Category } from '../port.ts';

/** The streams of a category to which something was appended after a position, up to another one. */
export async function readChangedStreams(
  connection: Pool | PoolClient,
  { category, after, until }: { category: Category; after: number; until: number },
): Promise<string[]> {
  const { rows } = await connection.query<{ stream_id: string }>(
    `select distinct stream_id from log.events
     where category = $1 and position > $2 and position <= $3 order by stream_id`,
    [category, after, until],
  );
  return rows.map(({ stream_id }) => stream_id);
}
