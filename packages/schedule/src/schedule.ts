import type { Logger } from '@ringback/event-log';
import type { Pool } from 'pg';
import { createTimerClock, type TimerClock } from './clock.ts';
import type { Kind } from './kind.ts';
import {
  createScheduledKind,
  type RunningKind,
  type ScheduledKind,
  type StuckItem,
} from './scheduled-kind.ts';
import { createShardLeases } from './shards/shard-leases.ts';

export interface ScheduleOptions {
  pool: Pool;
  /** The service's own schema; holds the tables of `scheduleMigrations`. */
  schema: string;
  /** Epoch milliseconds by the database's clock, as well as it is known here; the schedule corrects it. */
  clock: { now(): number };
  logger: Logger;
  /** How long another instance waits before it takes over from one that is not heard of, milliseconds. Default 5,000. */
  lease?: number;
}

/** All that falls due in one service, on whichever of its instances. */
export interface Schedule {
  /** Adds a kind, before the start. */
  add(kind: Kind): ScheduledKind;
  /** Resolves when this instance has taken its share of the work. */
  start(): Promise<void>;
  /** Finishes what is being fired, then gives the work to the other instances. */
  stop(): Promise<void>;
  /** The database's time. */
  readonly clock: TimerClock;
  /** How many shards this instance watches. */
  readonly shards: number;
  /** True on exactly one instance, but for the moments in which the leases change hands. */
  isResponsible(): boolean;
  /** Items that were set aside, and those that fail and are tried again, of every kind. */
  stuck(): Promise<StuckItem[]>;
  /**
   * Fires a stuck item at once; one that was set aside has one attempt before it is set aside again. Null: it is not
   * stuck.
   */
  release(kind: string, key: string): Promise<StuckItem | null>;
  /** The names of its kinds. */
  readonly kinds: readonly string[];
  /** False when the items of a kind could not be read for a while. */
  healthy(): boolean;
}

/** The shard whose owner does what one instance is enough for. */
const responsibleShard = 0;

/**
 * One schedule for each service and process. Its kinds share the leases, because an instance is alive or not for all of
 * them alike; each has a table, a look ahead and a timer of its own, so that a busy kind stays narrow and a slow one
 * delays no other. A further kind costs one look at an index each second.
 */
export function createSchedule(options: ScheduleOptions): Schedule {
  const { pool, schema, logger, lease = 5_000 } = options;
  const clock = createTimerClock(options.clock, pool);
  const kinds: RunningKind[] = [];
  const leases = createShardLeases({
    pool,
    schema,
    lease,
    onChanged(gained, lost, at) {
      logger.info({ schema, gained: gained.length, lost: lost.length }, 'the shards were shared out again');
      if (gained.length > 0) for (const kind of kinds) kind.takeOver(gained, at);
    },
    onError: (error) =>
      logger.warn({ schema, err: error }, 'the leases of the shards cannot be renewed; this is tried again'),
  });
  return {
    add(kind) {
      const running = createScheduledKind(kind, { pool, schema, clock, leases, lease, logger });
      kinds.push(running);
      return running;
    },
    async start() {
      await leases.start();
      for (const kind of kinds) kind.start();
    },
    async stop() {
      for (const kind of kinds) await kind.stop();
      await leases.stop();
    },
    clock,
    get shards() {
      return leases.owned.size;
    },
    stuck: async () => (await Promise.all(kinds.map((kind) => kind.stuck()))).flat(),
    release: async (name, key) => (await kinds.find((kind) => kind.name === name)?.release(key)) ?? null,
    get kinds() {
      return kinds.map(({ name }) => name);
    },
    isResponsible: () => leases.owned.has(responsibleShard),
    healthy: () => kinds.every((kind) => kind.healthy()),
  };
}
