import { createLease } from '@ringback/worker';
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

export interface RelayLease {
  /** Null while another leads; `retryAfter` is then known: milliseconds until its lease runs out. */
  acquire(): Promise<{ leadership: Leadership | null; retryAfter: number }>;
  /** Publishes everything anew: what was acknowledged is no longer there. Ends whoever leads. */
  restart(): Promise<void>;
}

export interface RelayLeaseOptions {
  pool: Pool;
  /** The relay: the cluster and the topics that it publishes to. */
  name: string;
  /** How long a leader that is not heard of keeps the lead, milliseconds. */
  duration: number;
}

/** The lease of a relay, whose row also holds how far Kafka has acknowledged. */
export function createRelayLease({ pool, name, duration }: RelayLeaseOptions): RelayLease {
  const lease = createLease({ pool, table: 'log.relays', column: 'name', name, duration });
  return {
    async acquire() {
      await pool.query('insert into log.relays (name) values ($1) on conflict (name) do nothing', [name]);
      const { tenure, retryAfter } = await lease.acquire();
      if (tenure === null) return { leadership: null, retryAfter };
      // Whatever is read here counts in this epoch only: after a restart `advance` changes nothing.
      const { rows } = await pool.query<{ position: string }>(
        'select position from log.relays where name = $1 and epoch = $2',
        [name, tenure.epoch],
      );
      const leadership: Leadership = {
        epoch: tenure.epoch,
        position: Number(rows[0]?.position ?? 0),
        get lost() {
          return tenure.lost;
        },
        advance: (to) => tenure.hold({ set: 'position = $5', values: [to] }),
        release: tenure.release,
      };
      return { leadership, retryAfter };
    },
    async restart() {
      await pool.query(
        'update log.relays set position = 0, owner = null, expires_at = null, epoch = epoch + 1 where name = $1',
        [name],
      );
    },
  };
}
