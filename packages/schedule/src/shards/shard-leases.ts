import { randomUUID } from 'node:crypto';
import { inTransaction } from '@ringback/event-log';
import { createLeasedRows, createLoop, type LeasedRows } from '@ringback/worker';
import type { Pool, PoolClient } from 'pg';
import { shardCount } from './shard.ts';

export interface ShardLeaseOptions {
  pool: Pool;
  /** Holds the tables of `scheduleMigrations`. */
  schema: string;
  /** How long a shard stays with an instance that is not heard of, milliseconds. */
  lease: number;
  /**
   * Called after the first pass and whenever this instance holds other shards than before. `at`: the instant by the
   * database's clock, epoch milliseconds.
   */
  onChanged(gained: GainedShard[], lost: number[], at: number): void;
  onError(error: unknown): void;
}

export interface GainedShard {
  shard: number;
  /** Its last owner did not release it: that process ended in the middle of its work, or is frozen. */
  wasAbandoned: boolean;
}

export interface ShardLeases {
  /** Random, so that a restarted instance is never mistaken for the one before. */
  readonly instance: string;
  readonly owned: ReadonlySet<number>;
  /** The epoch in which this instance owns a shard; null when it does not. */
  epochOf(shard: number): number | null;
  /**
   * Resolves at once while the leases are certainly valid by this process's own monotonic clock. Otherwise, e.g. after
   * a freeze, asks the database what is left of them first; true: they had run out. Rejects when it cannot be reached.
   */
  confirm(): Promise<boolean>;
  start(): Promise<void>;
  /** Gives its shards back, so that another instance need not wait for the lease to run out. */
  stop(): Promise<void>;
}

interface Pass {
  owned: Map<number, number>;
  taken: GainedShard[];
  /** By the database's clock, epoch milliseconds. */
  at: number;
  /** Milliseconds after which the next pass may find a shard that is free. */
  next: number;
}

const handOverMilliseconds = 200;

/**
 * Shares the shards among the instances that are alive, by rows that are leased by the database's clock: each renews
 * its own at a third of the lease, gives up what is beyond its fair share, and takes what is free or has run out.
 *
 * The lease divides the work; its epoch fences it. An instance that was frozen past its lease finds out before it fires
 * (`confirm`), and what it has started to fire is refused (`Firing.claim`) or meets an effect that has happened.
 */
export function createShardLeases(options: ShardLeaseOptions): ShardLeases {
  const { pool, schema, lease, onChanged, onError } = options;
  const instance = randomUUID();
  const rows = createLeasedRows<number>({
    table: `${schema}.shards`,
    name: 'shard',
    owner: instance,
    duration: lease,
  });
  let epochs: ReadonlyMap<number, number> = new Map();
  let owned: ReadonlySet<number> = new Set();
  let validUntil = Number.NEGATIVE_INFINITY;
  let passing: Promise<Pass> | null = null;

  const loop = createLoop({
    turn: async () => Math.min((await pass()).next, lease / 3),
    backOff: { first: lease / 10, longest: lease / 3 },
    onError,
  });

  function pass(): Promise<Pass> {
    passing ??= share().finally(() => {
      passing = null;
    });
    return passing;
  }

  async function share(): Promise<Pass> {
    const asked = performance.now();
    const found = await inTransaction(pool, (transaction) =>
      shareOut(transaction, { rows, schema, instance, lease }),
    );
    const before = owned;
    epochs = found.owned;
    owned = new Set(found.owned.keys());
    validUntil = asked + lease;
    const lost = [...before].filter((shard) => !owned.has(shard));
    if (found.taken.length + lost.length > 0) onChanged(found.taken, lost, found.at);
    return found;
  }

  return {
    instance,
    get owned() {
      return owned;
    },
    epochOf: (shard) => epochs.get(shard) ?? null,
    async confirm() {
      if (performance.now() < validUntil) return false;
      await pass();
      return true;
    },
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      await giveBack(pool, rows, schema, instance).catch(onError);
      epochs = new Map();
      owned = new Set();
    },
  };
}

interface Sharing {
  rows: LeasedRows<number>;
  schema: string;
  instance: string;
  lease: number;
}

async function shareOut(transaction: PoolClient, { rows, schema, instance, lease }: Sharing): Promise<Pass> {
  // Frozen in the middle of this, a process would keep its rows locked, and no one could take them over.
  await transaction.query(
    `insert into ${schema}.instances (instance, expires_at)
     select $1, clock_timestamp() + $2 * interval '1 millisecond'
     from set_config('idle_in_transaction_session_timeout', $3, true)
     on conflict (instance) do update set expires_at = excluded.expires_at`,
    [instance, lease, String(lease)],
  );
  const { rows: living } = await transaction.query<{ count: number }>(
    `select count(*)::int as count from ${schema}.instances where expires_at > clock_timestamp()`,
  );
  const alive = Math.max(1, living[0]?.count ?? 1);
  const fair = Math.ceil(shardCount / alive);
  const mine = (await rows.renew(transaction)).sort((a, b) => a.name - b.name);
  const kept = mine.slice(0, fair);
  await rows.release(transaction, mine.slice(fair));
  const taken = kept.length < fair ? await rows.take(transaction, { limit: fair - kept.length }) : [];
  const owned = new Map([...kept, ...taken].map(({ name, epoch }) => [name, epoch]));
  const { rows: others } = await transaction.query<{ milliseconds: number | null; now: number }>(
    `select extract(epoch from min(expires_at) - clock_timestamp())::float8 * 1000 as milliseconds,
       extract(epoch from clock_timestamp())::float8 * 1000 as now
     from ${schema}.shards where owner <> $1`,
    [instance],
  );
  const awaitsHandOver = owned.size < Math.floor(shardCount / alive);
  const untilExpiry = Math.max(10, (others[0]?.milliseconds ?? lease) + 1);
  return {
    owned,
    at: others[0]?.now ?? 0,
    taken: taken.map(({ name, wasAbandoned }) => ({ shard: name, wasAbandoned })),
    next: awaitsHandOver ? Math.min(handOverMilliseconds, untilExpiry) : untilExpiry,
  };
}

async function giveBack(
  pool: Pool,
  rows: LeasedRows<number>,
  schema: string,
  instance: string,
): Promise<void> {
  await rows.releaseAll(pool);
  await pool.query(
    `delete from ${schema}.instances where instance = $1 or expires_at < clock_timestamp() - interval '1 hour'`,
    [instance],
  );
}
