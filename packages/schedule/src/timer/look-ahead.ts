import { createLoop, pauseAfter } from '@ringback/worker';
import type { TimerClock } from '../clock.ts';
import type { Due } from '../due.ts';
import type { OverdueReason } from '../kind.ts';
import type { Timer } from './timer.ts';

export interface LookAheadOptions {
  timer: Timer;
  clock: TimerClock;
  /** Items after `from` and before `to` of shards, earliest first, at most `limit`. */
  load(from: Due, to: number, shards: readonly number[], limit: number): Promise<Due[]>;
  /** A key before every other. */
  beforeAll: string;
  shardOf(key: string): number;
  /** The shards whose items this instance watches. */
  ownShards(): ReadonlySet<number>;
  /** Whether an item is kept from being fired, so that finding it in the table is no surprise. */
  isHeld?(due: Due): boolean;
  /** Before each pass, e.g. to learn what other instances have recorded. */
  onPass?(): Promise<void>;
  /** Before each sweep that looks for what was overlooked. */
  onSafetySweep?(): Promise<void>;
  /** Overdue items that were not in memory: a wake-up was lost, or they came due while no one watched their shard. */
  onOverdue(count: number, reason: OverdueReason): void;
  onError(error: unknown): void;
}

export interface LookAhead {
  start(): void;
  stop(): Promise<void>;
  /** Looks at once: there are new shards. */
  look(): void;
  /** Items that were just kept: those that are near join the timer and may wake it. */
  accept(dues: Due[]): void;
  /** Looks for everything overdue in these shards, oldest first, a page in memory at a time. */
  sweep(shards: readonly number[], reason: OverdueReason): Promise<void>;
  /** Resolves when no sweep is under way. */
  whenSwept(): Promise<void>;
  /** False when the table could not be read for a while. */
  healthy(): boolean;
}

const windowMilliseconds = 2_500;
const passMilliseconds = 1_000;
/**
 * What is older than this at a pass is left to the sweep. The lower bound keeps a pass off the index entries of items
 * that are long gone: a pinned snapshot may keep tens of thousands of them from being cleaned up.
 */
const behindMilliseconds = 2_000;
/** The sweep leaves alone what is being fired just now. */
const overdueMilliseconds = 5_000;
/** How late an item can be whose wake-up was lost for an unforeseen reason. */
const sweepMilliseconds = 15_000;
const backOff = { first: 500, longest: 2_000 };
const pageSize = 5_000;
const sweepPageSize = 1_000;
const capacity = 50_000;
const unhealthyMilliseconds = 15_000;

/**
 * Brings the items of the next seconds into memory. Every pass reads the whole window again, so whatever another
 * instance keeps there is seen a second before it is due, with no notification to be lost on the way. What comes up
 * later than that is fired by the instance that kept it, whoever owns the shard: two may fire, one effect happens.
 */
export function createLookAhead(options: LookAheadOptions): LookAhead {
  const { timer, clock, load, beforeAll, shardOf, ownShards, onOverdue, onError } = options;
  const { isHeld = () => false, onPass, onSafetySweep } = options;
  let loadedTo = 0;
  let sweeping: Promise<void> = Promise.resolve();
  let passedAt = performance.now();

  const passing = createLoop({
    async turn() {
      await pass();
      return passMilliseconds;
    },
    backOff,
    onError,
  });
  const safety = createLoop({
    async turn() {
      await onSafetySweep?.();
      await sweep([...ownShards()], 'safety');
      return sweepMilliseconds;
    },
    backOff,
    onError,
  });

  async function pass(): Promise<void> {
    // The answer also corrects the clock that the timer sleeps by.
    await clock.ask();
    await onPass?.();
    const behind = clock.now() - behindMilliseconds;
    timer.forget(behind);
    let from: Due = { dueAt: behind, key: beforeAll };
    const to = clock.now() + windowMilliseconds;
    // Before the query: what is kept meanwhile must not fall between the two.
    loadedTo = to;
    const shards = [...ownShards()];
    while (!passing.stopping) {
      const page = await load(from, to, shards, pageSize);
      timer.offer(page);
      passedAt = performance.now();
      if (page.length < pageSize) return;
      from = page[page.length - 1] as Due;
      await timer.whenBelow(capacity);
    }
  }

  function sweep(shards: readonly number[], reason: OverdueReason): Promise<void> {
    sweeping = sweeping.then(() => sweepUntilDone(shards, reason));
    return sweeping;
  }

  /** One that fails is repeated: no one else looks for what is overdue in shards that were taken over. */
  async function sweepUntilDone(shards: readonly number[], reason: OverdueReason): Promise<void> {
    for (let failures = 1; !passing.stopping; failures += 1) {
      try {
        return await sweepShards(shards, reason);
      } catch (error) {
        onError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, pauseAfter(failures, backOff)));
    }
  }

  async function sweepShards(shards: readonly number[], reason: OverdueReason): Promise<void> {
    const grace = reason === 'safety' ? overdueMilliseconds : 0;
    const to = (await clock.ask()) - grace;
    let from: Due = { dueAt: Number.NEGATIVE_INFINITY, key: beforeAll };
    let found = 0;
    while (!passing.stopping) {
      const page = await load(from, to, shards, sweepPageSize);
      const overlooked = page.filter((due) => !timer.isWaiting(due) && !isHeld(due));
      found += overlooked.length;
      timer.insist(overlooked);
      if (page.length < sweepPageSize) break;
      from = page[page.length - 1] as Due;
      await timer.whenNothingIsDue();
    }
    if (found > 0) onOverdue(found, reason);
  }

  return {
    start() {
      void passing.start();
      void safety.start(sweepMilliseconds);
    },
    look: passing.wake,
    async stop() {
      const stopped = passing.stop();
      await Promise.all([stopped, safety.stop(), sweeping]);
    },
    accept(dues) {
      const beforeNextPass = clock.now() + passMilliseconds + passMilliseconds / 2;
      const own = ownShards();
      const near = dues.filter(
        ({ key, dueAt }) => dueAt < (own.has(shardOf(key)) ? loadedTo : beforeNextPass),
      );
      // While a backlog is worked off the table keeps the rest; the sweep comes for it.
      if (near.length > 0 && timer.waiting < capacity) timer.insist(near);
    },
    sweep,
    whenSwept: () => sweeping,
    healthy: () => performance.now() - passedAt < unhealthyMilliseconds,
  };
}
