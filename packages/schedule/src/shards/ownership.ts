import type { TimerClock } from '../clock.ts';
import type { Entry } from '../timer/timer.ts';
import type { ShardLeases } from './shard-leases.ts';

/** Which items this instance may fire just now, and in which epoch it owns their shards. */
export interface Ownership {
  /** Leaves out the items of shards that this instance has lost. Rejects when the database cannot be reached. */
  own(entries: Entry[]): Promise<OwnedEntry[]>;
}

export interface OwnedEntry extends Entry {
  /** Of its shard at the start of the firing; null: another instance's, whose item this instance has kept itself. */
  epoch: number | null;
}

/**
 * An item of a shard that is not ours is fired all the same for a moment: it has just been kept here, too late for the
 * owner's look ahead, or its shard has just been handed over. The owner fires what is older.
 */
const foreignMilliseconds = 2_000;

export function createOwnership(
  leases: ShardLeases,
  clock: TimerClock,
  shardOf: (key: string) => number,
): Ownership {
  /** By `performance.now()`, as `Entry.since`: what came into memory before may have been fired by others since. */
  let lapsedAt = Number.NEGATIVE_INFINITY;
  return {
    async own(entries) {
      if (await leases.confirm()) lapsedAt = performance.now();
      const latest = clock.now() - foreignMilliseconds;
      const joined = performance.now() - foreignMilliseconds;
      // Without a share of its own it has just started, and may have ended in the middle of one of these before.
      const isMember = leases.owned.size > 0;
      const owned: OwnedEntry[] = [];
      for (const entry of entries) {
        const epoch = leases.epochOf(shardOf(entry.due.key));
        const isFresh = isMember && entry.since > lapsedAt && (entry.since > joined || entry.at > latest);
        if (epoch !== null || isFresh) owned.push({ ...entry, epoch });
      }
      return owned;
    },
  };
}
