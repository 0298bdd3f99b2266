import { randomUUID } from 'node:crypto';
import { inTransaction } from '@ringback/event-log';
import type { Pool, PoolClient } from 'pg';
import { shardCount } from './shard.ts';

export interface ShardLeaseOptions {
  pool: Pool;
  /** How long a shard stays with an instance that is not heard of, milliseconds. */
  lease: number;
  /** Told after the first pass and whenever this instance holds other shards than before. */
  onChanged(gained: number[], lost: number[]): void;
  onError(error: unknown): void;
}

export interface ShardLeases {
  /** Random, so that a restarted instance is never taken for the one before it. */
  readonly instance: string;
  readonly owned: ReadonlySet<number>;
  start(): Promise<void>;
  /** Gives its shards back, so that another instance need not wait for the lease to run out. */
  stop(): Promise<void>;
}

interface Pass {
  owned: number[];
  /** Milliseconds after which the next pass may find a shard that is free. */
  next: number;
}

const handOverMilliseconds = 200;

/**
 * Shares the shards among the instances that are alive, by rows that are leased by the database's clock: each renews
 * its own at a third of the lease, gives up what is beyond its fair share, and takes what is free or has run out.
 *
 * The lease only divides the work. An instance that was frozen and believes that it still owns a shard decides against
 * the same history as the new owner and expects the same version: one of the two appends.
 */
export function createShardLeases({ pool, lease, onChanged, onError }: ShardLeaseOptions): ShardLeases {
  const instance = randomUUID();
  let owned: ReadonlySet<number> = new Set();
  let timer: NodeJS.Timeout | undefined;
  let passing: Promise<void> = Promise.resolve();
  let stopped = false;

  async function pass(): Promise<void> {
    let next = lease / 3;
    try {
      const found = await inTransaction(pool, (transaction) => renew(transaction, instance, lease));
      next = found.next;
      const before = owned;
      owned = new Set(found.owned);
      const gained = found.owned.filter((shard) => !before.has(shard));
      const lost = [...before].filter((shard) => !owned.has(shard));
      if (gained.length + lost.length > 0) onChanged(gained, lost);
    } catch (error) {
      onError(error);
    }
    if (!stopped) timer = setTimeout(() => (passing = pass()), Math.min(next, lease / 3));
  }

  return {
    instance,
    get owned() {
      return owned;
    },
    start: () => pass(),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await passing;
      await giveBack(pool, instance).catch(onError);
      owned = new Set();
    },
  };
}

async function renew(transaction: PoolClient, instance: string, lease: number): Promise<Pass> {
  await transaction.query(
    `insert into sla_timer.instances (instance, expires_at)
     values ($1, clock_timestamp() + $2 * interval '1 millisecond')
     on conflict (instance) do update set expires_at = excluded.expires_at`,
    [instance, lease],
  );
  const { rows: living } = await transaction.query<{ count: number }>(
    'select count(*)::int as count from sla_timer.instances where expires_at > clock_timestamp()',
  );
  const alive = Math.max(1, living[0]?.count ?? 1);
  const share = Math.ceil(shardCount / alive);
  const mine = await renewOwn(transaction, instance, lease);
  const kept = mine.slice(0, share);
  await release(transaction, instance, mine.slice(share));
  const taken = kept.length < share ? await take(transaction, instance, lease, share - kept.length) : [];
  const owned = [...kept, ...taken];
  const { rows } = await transaction.query<{ milliseconds: number | null }>(
    `select extract(epoch from min(expires_at) - clock_timestamp())::float8 * 1000 as milliseconds
     from sla_timer.shards where owner <> $1`,
    [instance],
  );
  const awaitsHandOver = owned.length < Math.floor(shardCount / alive);
  const untilExpiry = Math.max(10, (rows[0]?.milliseconds ?? lease) + 1);
  return { owned, next: awaitsHandOver ? Math.min(handOverMilliseconds, untilExpiry) : untilExpiry };
}

async function renewOwn(transaction: PoolClient, instance: string, lease: number): Promise<number[]> {
  const { rows } = await transaction.query<{ shard: number }>(
    `with mine as (
       select shard from sla_timer.shards where owner = $1 order by shard for update
     )
     update sla_timer.shards s set expires_at = clock_timestamp() + $2 * interval '1 millisecond'
     from mine where s.shard = mine.shard returning s.shard`,
    [instance, lease],
  );
  return rows.map(({ shard }) => shard).sort((a, b) => a - b);
}

async function take(
  transaction: PoolClient,
  instance: string,
  lease: number,
  count: number,
): Promise<number[]> {
  const { rows } = await transaction.query<{ shard: number }>(
    `with free as (
       select shard from sla_timer.shards where owner is null or expires_at <= clock_timestamp()
       order by shard limit $3 for update skip locked
     )
     update sla_timer.shards s set owner = $1, epoch = s.epoch + 1,
       expires_at = clock_timestamp() + $2 * interval '1 millisecond'
     from free where s.shard = free.shard returning s.shard`,
    [instance, lease, count],
  );
  return rows.map(({ shard }) => shard);
}

async function release(transaction: PoolClient, instance: string, shards: number[]): Promise<void> {
  if (shards.length === 0) return;
  await transaction.query(
    `update sla_timer.shards set owner = null where owner = $1 and shard = any ($2::smallint[])`,
    [instance, shards],
  );
}

async function giveBack(pool: Pool, instance: string): Promise<void> {
  await pool.query('update sla_timer.shards set owner = null where owner = $1', [instance]);
  await pool.query(
    `delete from sla_timer.instances where instance = $1 or expires_at < clock_timestamp() - interval '1 hour'`,
    [instance],
  );
}
