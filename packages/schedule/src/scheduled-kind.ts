import type { Logger } from '@ringback/event-log';
import type { Pool } from 'pg';
import type { TimerClock } from './clock.ts';
import type { Due } from './due.ts';
import { type Attempt, createAttempts } from './firing/attempts.ts';
import { fireTogether } from './firing/firing.ts';
import { createGuard, maximumAttempts } from './firing/guard.ts';
import { createItems, type Items } from './items.ts';
import type { Kind } from './kind.ts';
import { createOwnership } from './shards/ownership.ts';
import { shardOf } from './shards/shard.ts';
import type { GainedShard, ShardLeases } from './shards/shard-leases.ts';
import { createLookAhead } from './timer/look-ahead.ts';
import { createTimer } from './timer/timer.ts';

/** A kind in a schedule. */
export interface ScheduledKind extends Pick<Items, 'put' | 'replace' | 'remove' | 'count'> {
  /** After the commit of what was put: near items join the memory, so that they fire on time. */
  kept(dues: Due[]): void;
  /**
   * Fires keys at once, whether or not they have items, counting each attempt before it is made. For effects that do not
   * claim. Rejects with faults of the connection only.
   */
  fireNow(keys: string[]): Promise<void>;
  /** How many items of the next seconds are in memory. */
  readonly waiting: number;
  /** Resolves when everything overdue has been found, and nothing that is in memory is due or in hand. */
  whenNothingIsDue(): Promise<void>;
}

/** An item that does not fire. */
export interface StuckItem {
  kind: string;
  key: string;
  /** Epoch milliseconds, as are the other instants. */
  dueAt: number;
  /** `set-aside`: not fired until it is released; `failing`: tried again at `retryAt`. */
  state: 'set-aside' | 'failing';
  /** How often in a row its effect has failed. */
  failures: number;
  error: string;
  retryAt: number | null;
  setAsideAt: number | null;
}

export interface RunningKind extends ScheduledKind {
  readonly name: string;
  start(): void;
  stop(): Promise<void>;
  /** `at`: when these shards were taken, epoch milliseconds. */
  takeOver(gained: GainedShard[], at: number): void;
  stuck(): Promise<StuckItem[]>;
  release(key: string): Promise<StuckItem | null>;
  healthy(): boolean;
}

interface Surroundings {
  pool: Pool;
  schema: string;
  clock: TimerClock;
  leases: ShardLeases;
  /** Milliseconds. */
  lease: number;
  logger: Logger;
}

export function createScheduledKind(kind: Kind, around: Surroundings): RunningKind {
  const { pool, schema, clock, leases, lease, logger } = around;
  const { name, key } = kind;
  const items = createItems(pool, schema, kind);
  const shard = (of: string) => shardOf(of, key.type);
  const warn = (message: string) => (error: unknown) => logger.warn({ kind: name, err: error }, message);

  const attempts = createAttempts({
    pool,
    schema,
    kind: name,
    table: kind.table,
    column: key.column,
    instance: leases.instance,
    maximum: maximumAttempts,
  });
  const guard = createGuard({
    kind: name,
    instance: leases.instance,
    attempts,
    ownership: createOwnership(leases, clock, shard),
    clock,
    logger,
    shardOf: shard,
    fire: (entries) => fireTogether(entries, { fire: kind.fire, items, instance: leases.instance, lease }),
    put: (due) => items.put(pool, [due]),
  });

  const timer = createTimer({
    now: clock.now,
    fire: guard.fire,
    onError: warn('items that are due could not be fired; they are tried again'),
  });
  const lookAhead = createLookAhead({
    timer,
    clock,
    load: items.load,
    beforeAll: items.beforeAll,
    shardOf: shard,
    ownShards: () => leases.owned,
    isHeld: ({ key: held }) => guard.isSetAside(held),
    onPass: guard.refresh,
    onSafetySweep: attempts.forgetGone,
    onOverdue(count, reason) {
      kind.onOverdue?.(count, reason);
      logger.warn({ kind: name, count, reason }, 'overdue items were found and fired');
    },
    onError: warn('items cannot be read; this is tried again'),
  });

  return {
    name,
    put: items.put,
    replace: items.replace,
    remove: items.remove,
    count: items.count,
    kept: lookAhead.accept,
    async fireNow(keys) {
      timer.again(await guard.fireNow(keys));
    },
    get waiting() {
      return timer.waiting;
    },
    async whenNothingIsDue() {
      await lookAhead.whenSwept();
      await timer.whenIdle();
    },
    start: lookAhead.start,
    async stop() {
      await lookAhead.stop();
      await timer.stop();
    },
    takeOver(gained, at) {
      const shards = gained.map((each) => each.shard);
      const abandoned = gained.filter(({ wasAbandoned }) => wasAbandoned).map((each) => each.shard);
      guard.suspect(abandoned, at);
      lookAhead.look();
      void lookAhead
        .sweep(shards, 'taken-over')
        .then(timer.whenIdle)
        .then(() => guard.trust(abandoned, at));
    },
    async stuck() {
      return (await attempts.list()).filter(isStuck).map((attempt) => toStuck(name, attempt));
    },
    async release(released) {
      const attempt = (await attempts.list()).filter(isStuck).find((each) => each.key === released);
      if (attempt === undefined || !(await attempts.release(released))) return null;
      await guard.refresh();
      const item = toStuck(name, attempt);
      timer.again([{ due: { key: released, dueAt: item.dueAt }, at: clock.now() }]);
      return item;
    },
    healthy: lookAhead.healthy,
  };
}

const isStuck = ({ setAsideAt, failures }: Attempt): boolean => setAsideAt !== null || failures > 0;

function toStuck(kind: string, attempt: Attempt): StuckItem {
  const { key, dueAt, failures, error, retryAt, setAsideAt } = attempt;
  return {
    kind,
    key,
    dueAt: dueAt ?? 0,
    state: setAsideAt === null ? 'failing' : 'set-aside',
    failures,
    error: error ?? '',
    retryAt,
    setAsideAt,
  };
}
