import type { Pool, PoolClient } from 'pg';

/** The last position whose effect is committed; it commits with the effect. */
export interface Checkpoint {
  /** Reads it, made at `start` when there is none yet. */
  load(start: number): Promise<number>;
  /**
   * Moves it from one position to another inside the effect's transaction, before the effect. False when it does not
   * stand at `from`: another instance of this subscription was faster, and nothing may be applied.
   */
  move(transaction: PoolClient, from: number, to: number): Promise<boolean>;
  /** Until the transaction ends no other instance applies anything, from PostgreSQL or from Kafka. */
  hold(transaction: PoolClient): Promise<void>;
  /** Until the transaction ends no one applies in order of position, or replays; others who share it go on beside. */
  share(transaction: PoolClient): Promise<void>;
}

export function createCheckpoint(pool: Pool, schema: string, subscription: string): Checkpoint {
  const table = `${schema}.checkpoints`;
  // Who applies from Kafka shares this lock with others of the kind; whoever applies in order of position is alone. A
  // lock of the row would not do: those who share it could keep one who wants it alone waiting indefinitely.
  const lock = `${table}/${subscription}`;
  const exclusive = 'pg_advisory_xact_lock(hashtextextended($1, 0))';
  return {
    async load(start) {
      await pool.query(
        `insert into ${table} (subscription, position) values ($1, $2) on conflict (subscription) do nothing`,
        [subscription, start],
      );
      const { rows } = await pool.query<{ position: string }>(
        `select position from ${table} where subscription = $1`,
        [subscription],
      );
      return Number(rows[0]?.position ?? start);
    },
    async move(transaction, from, to) {
      const { rowCount } = await transaction.query(
        `with alone as materialized (select ${exclusive})
         update ${table} set position = $4 from alone where subscription = $2 and position = $3`,
        [lock, subscription, from, to],
      );
      return rowCount === 1;
    },
    async hold(transaction) {
      await transaction.query(`select ${exclusive}`, [lock]);
      await transaction.query(`select position from ${table} where subscription = $1 for update`, [
        subscription,
      ]);
    },
    async share(transaction) {
      await transaction.query('select pg_advisory_xact_lock_shared(hashtextextended($1, 0))', [lock]);
    },
  };
}
