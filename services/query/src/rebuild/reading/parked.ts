import type { Pool, PoolClient } from 'pg';
import { subscriptionName } from '../../projection/projection.ts';
import type { FailedTicket } from './fold-history.ts';

/** Streams that the live projection has parked → the first position that waits. */
export async function readParked(connection: Pool | PoolClient): Promise<Map<string, number>> {
  const { rows } = await connection.query<{ stream_id: string; first: string }>(
    `select stream_id, min(position) as first from query.parked_events where subscription = $1 group by stream_id`,
    [subscriptionName],
  );
  return new Map(rows.map(({ stream_id, first }) => [stream_id, Number(first)]));
}

/** Nothing waits any more: its tickets have been tried again. */
export async function releaseParked(transaction: PoolClient): Promise<void> {
  await transaction.query('delete from query.parked_events where subscription = $1', [subscriptionName]);
}

/** Parks what failed, and what came for a parked stream between two positions. */
export async function parkWhatWaits(
  transaction: PoolClient,
  failed: Iterable<FailedTicket>,
  { after, until }: { after: number; until: number },
): Promise<void> {
  const behind = 'waits behind an earlier event of its stream';
  for (const { streamId, positions, error } of failed) {
    await transaction.query(
      `insert into query.parked_events (subscription, stream_id, position, error)
       select $1, $2, position, case when nth = 1 then $4 else $5 end
       from unnest($3::bigint[]) with ordinality as p (position, nth) on conflict do nothing`,
      [subscriptionName, streamId, positions, error.slice(0, 2_000), behind],
    );
  }
  await transaction.query(
    `insert into query.parked_events (subscription, stream_id, position, error)
     select $1, e.stream_id, e.position, $4 from log.events e
     where e.position > $2 and e.position <= $3 and e.category = 'ticket' and exists (
       select from query.parked_events p where p.subscription = $1 and p.stream_id = e.stream_id)
     on conflict do nothing`,
    [subscriptionName, after, until, behind],
  );
}
