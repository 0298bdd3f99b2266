import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';

/** The leadership of one relay, as one process holds it. */
export interface Leadership {
  /** Grows with each leader; every effect of a leader is conditional on it. */
  readonly epoch: number;
  /** Aborted once it is lost, or could be: nothing may be sent any more. */
  readonly lost: AbortSignal;
  /** What Kafka has acknowledged, as the last leader left it. */
  readonly position: number;
  /** Records that everything at or before a position was acknowledged. False when another leads by now. */
  advance(position: number): Promise<boolean>;
  /** Lets another take over at once. */
  release(): Promise<void>;
}

export interface Lease {
  /** Null while another leads; `retryAfter` is then known: milliseconds until its lease runs out. */
  acquire(): Promise<{ leadership: Leadership | null; retryAfter: number }>;
  /** Publishes everything anew: what was acknowledged is no longer there. Ends whoever leads. */
  restart(): Promise<void>;
}

export interface LeaseOptions {
  pool: Pool;
  /** The relay: the cluster and the topics that it publishes to. */
  name: string;
  /** How long a leader that is not heard of keeps the lead, milliseconds. */
  duration: number;
}

/**
 * A lease is a row with an owner, an epoch and an expiry by the database's clock. The owner is random for each process,
 * so that a restarted one is never taken for the one before it. By its own monotonic clock a leader counts the lease
 * from before it asked, so it stops first.
 */
export function createLease({ pool, name, duration }: LeaseOptions): Lease {
  const owner = randomUUID();
  const interval = `interval '1 millisecond'`;

  function lead(epoch: number, position: number, since: number): Leadership {
    const lost = new AbortController();
    let validUntil = since + duration;
    const lose = () => {
      clearTimeout(expiry);
      clearTimeout(renewal);
      lost.abort(new Error('the lead of the relay is lost'));
    };
    const watch = () => {
      const left = validUntil - performance.now();
      if (left <= 0) lose();
      else expiry = setTimeout(watch, left);
    };
    let expiry = setTimeout(watch, duration);
    let renewal = setTimeout(renew, duration / 3);

    async function renew(): Promise<void> {
      try {
        await hold('', []);
      } catch {
        // The database is away: the lease runs out unless a later renewal comes in time.
      }
      if (!lost.signal.aborted) renewal = setTimeout(renew, duration / 3);
    }

    async function hold(change: string, values: unknown[]): Promise<boolean> {
      if (performance.now() >= validUntil) lose();
      if (lost.signal.aborted) return false;
      const asked = performance.now();
      const { rowCount } = await pool.query(
        `update log.relays set expires_at = clock_timestamp() + $4 * ${interval} ${change}
         where name = $1 and owner = $2 and epoch = $3`,
        [name, owner, epoch, duration, ...values],
      );
      if (rowCount !== 1) lose();
      else validUntil = Math.max(validUntil, asked + duration);
      return rowCount === 1;
    }

    return {
      epoch,
      position,
      get lost() {
        // A process that was frozen is told by the clock, before its timers come to it.
        if (performance.now() >= validUntil) lose();
        return lost.signal;
      },
      advance: (to) => hold(', position = $5', [to]),
      async release() {
        lose();
        await pool.query(
          'update log.relays set owner = null, expires_at = null where name = $1 and owner = $2 and epoch = $3',
          [name, owner, epoch],
        );
      },
    };
  }

  return {
    async acquire() {
      await pool.query('insert into log.relays (name) values ($1) on conflict (name) do nothing', [name]);
      const since = performance.now();
      const { rows } = await pool.query<{ epoch: string; position: string }>(
        `update log.relays set owner = $2, epoch = epoch + 1, expires_at = clock_timestamp() + $3 * ${interval}
         where name = $1 and (expires_at is null or expires_at <= clock_timestamp()) returning epoch, position`,
        [name, owner, duration],
      );
      const row = rows[0];
      if (row !== undefined)
        return { leadership: lead(Number(row.epoch), Number(row.position), since), retryAfter: 0 };
      const { rows: left } = await pool.query<{ milliseconds: number }>(
        `select extract(epoch from expires_at - clock_timestamp())::float8 * 1000 as milliseconds
         from log.relays where name = $1`,
        [name],
      );
      return { leadership: null, retryAfter: Math.min(duration, Math.max(1, left[0]?.milliseconds ?? 1)) };
    },
    async restart() {
      await pool.query(
        'update log.relays set position = 0, owner = null, expires_at = null, epoch = epoch + 1 where name = $1',
        [name],
      );
    },
  };
}
