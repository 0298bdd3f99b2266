import type { Logger } from '@ringback/event-log';
import type { Pool } from 'pg';
import type { TimerClock } from './clock.ts';
import type { Again, Due } from './due.ts';
import { fireTogether } from './firing.ts';
import { createItems, type Items } from './items.ts';
import type { Kind } from './kind.ts';
import { createLookAhead } from './look-ahead.ts';
import { createOwnership } from './ownership.ts';
import { shardOf } from './shard.ts';
import type { GainedShard, ShardLeases } from './shard-leases.ts';
import { createTimer, type Entry } from './timer.ts';

/** A kind in a schedule. */
export interface ScheduledKind extends Pick<Items, 'put' | 'replace' | 'remove' | 'estimate'> {
  /** After the commit of what was put: near items join the memory, so that they fire on time. */
  kept(dues: Due[]): void;
  /** Fires items at these instants, whether or not they are in the table. */
  fireAgain(items: Again[]): void;
  /** How many items of the next seconds are in memory. */
  readonly waiting: number;
  /** Resolves when nothing that is in memory is due. */
  whenNothingIsDue(): Promise<void>;
}

export interface RunningKind extends ScheduledKind {
  start(): void;
  stop(): Promise<void>;
  takeOver(gained: GainedShard[]): void;
  healthy(): boolean;
}

interface Surroundings {
  pool: Pool;
  schema: string;
  clock: TimerClock;
  leases: ShardLeases;
  logger: Logger;
}

export function createScheduledKind(kind: Kind, around: Surroundings): RunningKind {
  const { pool, schema, clock, leases, logger } = around;
  const { name, key } = kind;
  const items = createItems(pool, schema, kind);
  const shard = (of: string) => shardOf(of, key.type);
  const ownership = createOwnership(leases, clock, shard);
  const warn = (message: string) => (error: unknown) => logger.warn({ kind: name, err: error }, message);

  async function fire(entries: Entry[]): Promise<Again[]> {
    const owned = await ownership.own(entries);
    const { again } = await fireTogether(owned, { fire: kind.fire, items, instance: leases.instance });
    return again;
  }

  const timer = createTimer({
    now: clock.now,
    fire,
    onError: warn('items that are due could not be fired; they are tried again'),
  });
  const lookAhead = createLookAhead({
    timer,
    clock,
    load: items.load,
    beforeAll: items.beforeAll,
    shardOf: shard,
    ownShards: () => leases.owned,
    onOverdue(count, reason) {
      kind.onOverdue?.(count, reason);
      logger.warn({ kind: name, count, reason }, 'overdue items were found and fired');
    },
    onError: warn('items cannot be read; this is tried again'),
  });

  return {
    put: items.put,
    replace: items.replace,
    remove: items.remove,
    estimate: items.estimate,
    kept: lookAhead.accept,
    fireAgain: timer.again,
    get waiting() {
      return timer.waiting;
    },
    whenNothingIsDue: timer.whenNothingIsDue,
    start: lookAhead.start,
    async stop() {
      await lookAhead.stop();
      await timer.stop();
    },
    takeOver(gained) {
      lookAhead.look();
      void lookAhead.sweep(
        gained.map((each) => each.shard),
        'taken-over',
      );
    },
    healthy: lookAhead.healthy,
  };
}
