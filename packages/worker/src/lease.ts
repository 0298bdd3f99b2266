import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { createLeasedRows, type LeasedRow } from './leased-rows.ts';

/** What one process holds while the lease is its own. */
export interface Tenure {
  /** Grows with each holder; every effect of a holder is conditional on it. */
  readonly epoch: number;
  /** Aborted once the lease is lost or may be: no effect may start afterwards. */
  readonly lost: AbortSignal;
  /**
   * Renews the lease, with a further change of its row (SQL whose parameters start at `$5`). False: it is lost, and
   * nothing was changed.
   */
  hold(change?: { set: string; values: unknown[] }): Promise<boolean>;
  /** Lets another process take over at once. */
  release(): Promise<void>;
}

export interface Lease {
  /** Null while another process holds it; `retryAfter` is then the number of milliseconds until its lease expires. */
  acquire(): Promise<{ tenure: Tenure | null; retryAfter: number }>;
}

export interface LeaseOptions {
  pool: Pool;
  /** A table as `createLeasedRows` needs it. */
  table: string;
  /** The column that names a row. */
  column: string;
  /** The row, which must exist. */
  name: string;
  /** How long a holder that does not renew it keeps the lease, milliseconds. */
  duration: number;
}

/**
 * The lease of one row, renewed at a third of its duration. The holder measures it with its own monotonic clock from
 * before each renewal was sent, so it stops before the database lets another process take over.
 */
export function createLease({ pool, table, column, name, duration }: LeaseOptions): Lease {
  const rows = createLeasedRows<string>({ table, name: column, owner: randomUUID(), duration });

  function begin(row: LeasedRow<string>, since: number): Tenure {
    const lost = new AbortController();
    let validUntil = since + duration;
    const lose = () => {
      clearTimeout(expiry);
      clearTimeout(renewal);
      lost.abort(new Error(`the lease ${name} is lost`));
    };
    const watch = () => {
      const left = validUntil - performance.now();
      if (left <= 0) lose();
      else expiry = setTimeout(watch, left);
    };
    let expiry = setTimeout(watch, duration);
    let renewal = setTimeout(renew, duration / 3);

    async function renew(): Promise<void> {
      // While the database cannot be reached the lease runs out, unless a later renewal succeeds in time.
      await hold().catch(() => {});
      if (!lost.signal.aborted) renewal = setTimeout(renew, duration / 3);
    }

    async function hold(change?: { set: string; values: unknown[] }): Promise<boolean> {
      if (performance.now() >= validUntil) lose();
      if (lost.signal.aborted) return false;
      const asked = performance.now();
      const isHeld = await rows.hold(pool, row, change);
      if (!isHeld) lose();
      else validUntil = Math.max(validUntil, asked + duration);
      return isHeld;
    }

    return {
      epoch: row.epoch,
      get lost() {
        // After a freeze the clock knows before the timers run.
        if (performance.now() >= validUntil) lose();
        return lost.signal;
      },
      hold,
      async release() {
        lose();
        await rows.release(pool, [row]);
      },
    };
  }

  return {
    async acquire() {
      const since = performance.now();
      const [taken] = await rows.take(pool, { limit: 1, names: [name] });
      if (taken !== undefined) return { tenure: begin(taken, since), retryAfter: 0 };
      const { rows: left } = await pool.query<{ milliseconds: number }>(
        `select extract(epoch from expires_at - clock_timestamp())::float8 * 1000 as milliseconds
         from ${table} where ${column} = $1`,
        [name],
      );
      return { tenure: null, retryAfter: Math.min(duration, Math.max(1, left[0]?.milliseconds ?? 1)) };
    },
  };
}
