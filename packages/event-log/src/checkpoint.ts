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
  /** Holds it where it is until the transaction ends, so that no other instance can move it meanwhile. */
  hold(transaction: PoolClient): Promise<void>;
}

export function createCheckpoint(pool: Pool, schema: string, subscription: string): Checkpoint {
  const table = `${schema}.checkpoints`;
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
        `update ${table} set position = $3 where subscription = $1 and position = $2`,
        [subscription, from, to],
      );
      return rowCount === 1;
    },
    async hold(transaction) {
      await transaction.query(`select position from ${table} where subscription = $1 for update`, [
        subscription,
      ]);
    },
  };
}
