import type { PoolClient } from 'pg';

/**
 * What a subscription has applied beyond its checkpoint. From Kafka events come in order for each stream only, so the
 * checkpoint alone cannot tell: an event is applied when its position is at or before the checkpoint, or when its
 * version is at or before that of its stream's row. Rows at or before the checkpoint are deleted; a stream without a row
 * has been applied as far as its events lie at or before the checkpoint. So both streams share one truth, and an
 * installation goes from one to the other as it is.
 */
export interface AppliedVersions {
  /**
   * Locks the rows of streams (made where there is none, with version 0) until the transaction ends: two who apply the
   * same stream come one after another. The checkpoint must be read after this, never before.
   */
  lock(transaction: PoolClient, streamIds: string[]): Promise<Map<string, number>>;
  /** As `lock` without locking: for who is alone. Streams without a row are absent. */
  read(transaction: PoolClient, streamIds: string[]): Promise<Map<string, number>>;
  write(transaction: PoolClient, applied: Applied[]): Promise<void>;
  /** Deletes what the checkpoint covers. Rows that somebody has locked stay until the next time. */
  forget(transaction: PoolClient, checkpoint: number): Promise<void>;
}

interface Applied {
  streamId: string;
  version: number;
  position: number;
}

export function createAppliedVersions(schema: string, subscription: string): AppliedVersions {
  const table = `${schema}.applied_versions`;
  const toMap = (rows: { stream_id: string; version: number }[]) =>
    new Map(rows.map(({ stream_id, version }) => [stream_id, version]));
  return {
    async lock(transaction, streamIds) {
      // In one order for everyone, so that two wait for each other in one direction only.
      const { rows } = await transaction.query<{ stream_id: string; version: number }>(
        `insert into ${table} (subscription, stream_id, version, position)
         select $1, stream_id, 0, 0 from unnest($2::text[]) as s (stream_id)
         on conflict (subscription, stream_id) do update set version = ${table}.version
         returning stream_id, version`,
        [subscription, streamIds.toSorted()],
      );
      return toMap(rows);
    },
    async read(transaction, streamIds) {
      const { rows } = await transaction.query<{ stream_id: string; version: number }>(
        `select stream_id, version from ${table} where subscription = $1 and stream_id = any ($2::text[])`,
        [subscription, streamIds],
      );
      return toMap(rows);
    },
    async write(transaction, applied) {
      await transaction.query(
        `update ${table} as a set version = n.version, position = n.position
         from unnest($2::text[], $3::int[], $4::bigint[]) as n (stream_id, version, position)
         where a.subscription = $1 and a.stream_id = n.stream_id`,
        [
          subscription,
          applied.map(({ streamId }) => streamId),
          applied.map(({ version }) => version),
          applied.map(({ position }) => position),
        ],
      );
    },
    async forget(transaction, checkpoint) {
      await transaction.query(
        `delete from ${table} as a using (
           select stream_id from ${table} where subscription = $1 and position <= $2 for update skip locked) as covered
         where a.subscription = $1 and a.stream_id = covered.stream_id`,
        [subscription, checkpoint],
      );
    },
  };
}
