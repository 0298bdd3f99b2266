import type { TimerClock } from './clock.ts';
import type { Due } from './due.ts';
import { shardOf } from './shard.ts';
import type { Timer } from './timer.ts';

export interface LookAheadOptions {
  timer: Timer;
  clock: TimerClock;
  /** Deadlines after `from` and before `to` of shards, earliest first, at most `limit`. */
  load(from: Due, to: number, shards: readonly number[], limit: number): Promise<Due[]>;
  /** The shards whose deadlines this instance watches. */
  ownShards(): ReadonlySet<number>;
  /** Overdue deadlines that nobody had in hand: a wake-up was lost, or they came due while nobody was there. */
  onOverdue(count: number, kind: SweepKind): void;
  onError(error: unknown): void;
}

/** `taken-over`: after a start or with new shards, overdue ones are expected; `safety`: they were overlooked. */
type SweepKind = 'taken-over' | 'safety';

export interface LookAhead {
  start(): void;
  stop(): Promise<void>;
  /** Looks at once: there are new shards. */
  look(): void;
  /** Deadlines that were just kept: those that are near join the timer and may wake it. */
  accept(dues: Due[]): void;
  /** Looks for everything overdue in these shards, oldest first, a page in memory at a time. */
  sweep(shards: readonly number[], kind: SweepKind): Promise<void>;
  /** False when the table could not be read for a while. */
  healthy(): boolean;
}

const windowMilliseconds = 2_500;
const passMilliseconds = 1_000;
/**
 * What is older than this at a pass is left to the sweep. The lower bound keeps a pass off the index entries of
 * deadlines that are long gone: a pinned snapshot may keep tens of thousands of them from being cleaned up.
 */
const behindMilliseconds = 2_000;
/** The sweep leaves alone what is being fired just now. */
const overdueMilliseconds = 5_000;
/** How late a deadline can be whose wake-up was lost for a reason that nobody thought of. */
const sweepMilliseconds = 15_000;
const retryMilliseconds = 500;
const pageSize = 5_000;
const sweepPageSize = 1_000;
const capacity = 50_000;
const unhealthyMilliseconds = 15_000;
const beforeAll = '00000000-0000-0000-0000-000000000000';

/**
 * Brings the deadlines of the next seconds into memory. Every pass reads the whole window again, so whatever another
 * instance keeps there is seen a second before it is due, with no notification to be lost on the way. What comes up
 * later than that is fired by the instance that kept it, whoever owns the shard: two may decide, one append.
 */
export function createLookAhead(options: LookAheadOptions): LookAhead {
  const { timer, clock, load, ownShards, onOverdue, onError } = options;
  let loadedTo = 0;
  let stopped = false;
  let timers: NodeJS.Timeout[] = [];
  let passing: Promise<void> = Promise.resolve();
  let sweeping: Promise<void> = Promise.resolve();
  let passedAt = performance.now();

  async function pass(): Promise<void> {
    // The answer also corrects the clock that the timer sleeps by.
    await clock.ask();
    const behind = clock.now() - behindMilliseconds;
    timer.forget(behind);
    let from: Due = { dueAt: behind, ticketId: beforeAll };
    const to = clock.now() + windowMilliseconds;
    // Before the query: what is kept meanwhile must not fall between the two.
    loadedTo = to;
    const shards = [...ownShards()];
    while (!stopped) {
      const page = await load(from, to, shards, pageSize);
      timer.offer(page);
      passedAt = performance.now();
      if (page.length < pageSize) return;
      from = page[page.length - 1] as Due;
      await timer.whenBelow(capacity);
    }
  }

  async function sweepShards(shards: readonly number[], kind: SweepKind): Promise<void> {
    const grace = kind === 'safety' ? overdueMilliseconds : 0;
    const to = (await clock.ask()) - grace;
    let from: Due = { dueAt: Number.NEGATIVE_INFINITY, ticketId: beforeAll };
    let found = 0;
    while (!stopped) {
      const page = await load(from, to, shards, sweepPageSize);
      const overlooked = page.filter((due) => !timer.isWaiting(due));
      found += overlooked.length;
      timer.insist(overlooked);
      if (page.length < sweepPageSize) break;
      from = page[page.length - 1] as Due;
      await timer.whenNothingIsDue();
    }
    if (found > 0) onOverdue(found, kind);
  }

  function every(milliseconds: number, what: () => Promise<void>): void {
    const next = () => {
      if (stopped) return;
      const timeout = setTimeout(() => {
        timers = timers.filter((each) => each !== timeout);
        void what().finally(next);
      }, milliseconds);
      timers.push(timeout);
    };
    next();
  }

  const tryPass = () => (passing = pass().catch(onError));
  /** One that fails is made up for: with shards that were taken over nobody else comes for what is overdue. */
  async function sweepUntilDone(shards: readonly number[], kind: SweepKind): Promise<void> {
    while (!stopped) {
      try {
        return await sweepShards(shards, kind);
      } catch (error) {
        onError(error);
      }
      await new Promise((resolve) => setTimeout(resolve, retryMilliseconds));
    }
  }

  const sweep = (shards: readonly number[], kind: SweepKind) => {
    sweeping = sweeping.then(() => sweepUntilDone(shards, kind));
    return sweeping;
  };

  return {
    start() {
      void tryPass();
      every(passMilliseconds, tryPass);
      every(sweepMilliseconds, () => sweep([...ownShards()], 'safety'));
    },
    look: () => void tryPass(),
    async stop() {
      stopped = true;
      for (const timeout of timers) clearTimeout(timeout);
      await Promise.all([passing, sweeping]);
    },
    accept(dues) {
      const beforeNextPass = clock.now() + passMilliseconds + passMilliseconds / 2;
      const own = ownShards();
      const near = dues.filter(
        ({ ticketId, dueAt }) => dueAt < (own.has(shardOf(ticketId)) ? loadedTo : beforeNextPass),
      );
      // While a backlog is worked off the table keeps the rest; the sweep comes for it.
      if (near.length > 0 && timer.waiting < capacity) timer.insist(near);
    },
    sweep,
    healthy: () => performance.now() - passedAt < unhealthyMilliseconds,
  };
}
