import type { Pool, PoolClient } from 'pg';

export interface LeasedRowsOptions {
  /** With its schema. Its columns: the name, `owner` (text or uuid, null: free), `epoch`, `expires_at`. */
  table: string;
  /** The column that names a row. */
  name: string;
  /** Random for each process, so that a restarted one is never mistaken for the one before. */
  owner: string;
  /** How long a row stays with an owner that does not renew it, milliseconds. */
  duration: number;
}

export interface LeasedRow<Name> {
  name: Name;
  /** Grows with each owner: an effect that is conditional on it cannot come from an earlier tenure. */
  epoch: number;
}

export interface TakenRow<Name> extends LeasedRow<Name> {
  /** The lease of the last owner ran out: its process ended without releasing it, or is frozen. */
  wasAbandoned: boolean;
}

/** The statements of a lease. A lease runs by the database's clock alone. */
export interface LeasedRows<Name> {
  /** Takes free rows, at most `limit`, of those named or of all. Rows that another process is taking are skipped. */
  take(connection: Pool | PoolClient, options: { limit: number; names?: Name[] }): Promise<TakenRow<Name>[]>;
  /** Extends every lease that this owner still has, expired ones included as long as no one has taken them. */
  renew(connection: Pool | PoolClient): Promise<LeasedRow<Name>[]>;
  /**
   * Extends one lease and makes a further change of its row, both only in this epoch. `change.set` is SQL whose
   * parameters start at `$5`. False: the row has another owner or epoch.
   */
  hold(
    connection: Pool | PoolClient,
    row: LeasedRow<Name>,
    change?: { set: string; values: unknown[] },
  ): Promise<boolean>;
  /** Frees these rows as far as they are still this owner's in that epoch, so that others need not wait for the expiry. */
  release(connection: Pool | PoolClient, rows: LeasedRow<Name>[]): Promise<void>;
  /** Frees everything that this owner has, when its process ends. */
  releaseAll(connection: Pool | PoolClient): Promise<void>;
}

export function createLeasedRows<Name extends string | number>({
  table,
  name,
  owner,
  duration,
}: LeasedRowsOptions): LeasedRows<Name> {
  return {
    async take(connection, { limit, names }) {
      const { rows } = await connection.query<TakenRow<Name>>(
        `with free as (
           select ${name}, owner from ${table} where (owner is null or expires_at <= clock_timestamp())
             ${names === undefined ? '' : `and ${name} = any ($4)`}
           order by ${name} limit $3 for update skip locked
         )
         update ${table} l set owner = $1, epoch = l.epoch + 1,
           expires_at = clock_timestamp() + $2 * interval '1 millisecond'
         from free where l.${name} = free.${name}
         returning l.${name} as name, l.epoch::float8 as epoch, free.owner is not null as "wasAbandoned"`,
        [owner, duration, limit, ...(names === undefined ? [] : [names])],
      );
      return rows;
    },
    async renew(connection) {
      const { rows } = await connection.query<LeasedRow<Name>>(
        `with mine as (
           select ${name} from ${table} where owner = $1 order by ${name} for update
         )
         update ${table} l set expires_at = clock_timestamp() + $2 * interval '1 millisecond'
         from mine where l.${name} = mine.${name}
         returning l.${name} as name, l.epoch::float8 as epoch`,
        [owner, duration],
      );
      return rows;
    },
    async hold(connection, row, change) {
      const { rowCount } = await connection.query(
        `update ${table} set expires_at = clock_timestamp() + $4 * interval '1 millisecond'
           ${change === undefined ? '' : `, ${change.set}`}
         where ${name} = $1 and owner = $2 and epoch = $3`,
        [row.name, owner, row.epoch, duration, ...(change?.values ?? [])],
      );
      return rowCount === 1;
    },
    async release(connection, rows) {
      if (rows.length === 0) return;
      await connection.query(
        `update ${table} l set owner = null from unnest($2::text[], $3::bigint[]) as r (name, epoch)
         where l.owner = $1 and l.${name}::text = r.name and l.epoch = r.epoch`,
        [owner, rows.map((row) => String(row.name)), rows.map(({ epoch }) => epoch)],
      );
    },
    async releaseAll(connection) {
      await connection.query(`update ${table} set owner = null where owner = $1`, [owner]);
    },
  };
}
