import type { Logger } from '@ringback/event-log';
import { isTransientFault } from '@ringback/event-log';
import { pauseAfter } from '@ringback/worker';
import type { TimerClock } from '../clock.ts';
import type { Again, Due } from '../due.ts';
import type { OwnedEntry, Ownership } from '../shards/ownership.ts';
import type { Entry } from '../timer/timer.ts';
import { type Attempt, type Attempts, countedOf } from './attempts.ts';
import type { FiringResult } from './firing.ts';

export interface GuardOptions {
  kind: string;
  instance: string;
  attempts: Attempts;
  ownership: Ownership;
  clock: TimerClock;
  logger: Logger;
  shardOf(key: string): number;
  /** Fires these together; rejects with faults of the connection only. */
  fire(entries: OwnedEntry[]): Promise<FiringResult>;
  /** Puts an item where a key was fired without one, so that the key has something to be found by. */
  put(due: Due): Promise<void>;
}

/** What stands between the timer and a kind's effect: who may fire, what is counted first, what waits, what is set aside. */
export interface Guard {
  fire(entries: Entry[]): Promise<Again[]>;
  /** Fires keys at once, counted, whether or not they have items. Rejects with faults of the connection only. */
  fireNow(keys: string[]): Promise<Again[]>;
  /** Learns what other instances have counted. */
  refresh(): Promise<void>;
  /**
   * The owner of a shard has ended without releasing it: what was due at that instant (epoch milliseconds) may have been
   * in hand, and is counted until `trust`.
   */
  suspect(shards: number[], at: number): void;
  trust(shards: number[], at: number): void;
  isSetAside(key: string): boolean;
}

/** After so many counted attempts that did not end, a key is set aside. */
export const maximumAttempts = 3;
/** What was in hand when a process ended is tried after everything else: the next end must not hold up the others. */
const suspectPauseMilliseconds = 1_000;
/** Suspects are fired one by one, so few in a round: other items are due meanwhile. */
const suspectsPerRound = 10;
const transientPauseMilliseconds = 250;
const failureBackOff = { first: 2_000, longest: 300_000 };

interface Sorted {
  plain: OwnedEntry[];
  /** May have been in hand when a process ended: counted together. */
  counted: OwnedEntry[];
  /** Were counted before and did not end: counted one by one. */
  single: OwnedEntry[];
  spent: OwnedEntry[];
  again: Again[];
}

/**
 * An item whose firing ends the process must not end each process after it. Counting every attempt before the work would
 * cost a commit before each effect, so normal operation counts nothing. Attempts are counted after a process has ended
 * without releasing its shards: first together, what was due at that time; then, if that process ends too, one by one.
 * A key with three attempts that did not end is set aside. An item that fails without ending the process is tried again
 * with growing pauses.
 */
export function createGuard(options: GuardOptions): Guard {
  const { kind, instance, attempts, ownership, clock, logger, shardOf, fire, put } = options;
  let known = new Map<string, Attempt>();
  /** Answers may overtake each other: an earlier one never replaces a later one. */
  let asked = 0;
  let applied = 0;
  /** How often shards have come under suspicion, and as of which of these `known` was read. */
  let suspicions = 1;
  let suspicionsKnown = 0;
  const suspected = new Map<number, number>();
  const readyAt = new Map<string, number>();

  async function refresh(): Promise<void> {
    asked += 1;
    const mine = asked;
    const suspectedThen = suspicions;
    const listed = await attempts.list();
    if (mine < applied) return;
    applied = mine;
    // What came under suspicion while the question was under way needs a later answer.
    suspicionsKnown = suspectedThen;
    known = new Map(listed.map((attempt) => [attempt.key, attempt]));
    for (const key of readyAt.keys()) if (!known.has(key)) readyAt.delete(key);
  }

  function sort(entries: OwnedEntry[]): Sorted {
    const sorted: Sorted = { plain: [], counted: [], single: [], spent: [], again: [] };
    if (known.size === 0 && suspected.size === 0) return { ...sorted, plain: entries };
    const now = clock.now();
    for (const entry of entries) {
      const { due } = entry;
      const attempt = known.get(due.key);
      if (attempt === undefined) {
        const isSuspected = due.dueAt <= (suspected.get(shardOf(due.key)) ?? Number.NEGATIVE_INFINITY);
        sorted[isSuspected ? 'counted' : 'plain'].push(entry);
      } else if (attempt.setAsideAt !== null) {
        // Nothing to do until it is released.
      } else if ((attempt.retryAt ?? now) > now) {
        sorted.again.push({ due, at: attempt.retryAt ?? now });
      } else if (attempt.attempts === 0 || (attempt.isInHand && attempt.instance !== instance)) {
        sorted.plain.push(entry);
      } else if (attempt.instance === instance) {
        // Begun by this process before a fault of the connection.
        sorted[attempt.attempts === 1 ? 'counted' : 'single'].push(entry);
      } else if (attempt.attempts >= maximumAttempts) {
        sorted.spent.push(entry);
      } else {
        const ready = readyOf(attempt, now);
        if (ready > now || sorted.single.length === suspectsPerRound)
          sorted.again.push({ due, at: Math.max(ready, now) });
        else sorted.single.push(entry);
      }
    }
    return sorted;
  }

  function readyOf({ key, attempts: count, instance: by }: Attempt, now: number): number {
    const ready = readyAt.get(key) ?? now + (by === null ? 0 : count * suspectPauseMilliseconds);
    readyAt.set(key, ready);
    return ready;
  }

  /** Fires these, having counted them first. */
  async function fireCounted(entries: OwnedEntry[]): Promise<Again[]> {
    if (entries.length === 0) return [];
    const keys = [...new Map(entries.map(({ due }) => [due.key, countedOf(due)])).values()];
    await attempts.begin(keys);
    for (const { key, dueAt } of keys) {
      const before = known.get(key) ?? nothingKnown(key, dueAt);
      const count =
        before.instance === instance && before.attempts > 0 ? before.attempts : before.attempts + 1;
      known.set(key, { ...before, attempts: count, instance, isInHand: true });
    }
    return await settle(entries, await fire(entries));
  }

  async function settle(entries: OwnedEntry[], { again, failed }: FiringResult): Promise<Again[]> {
    if (known.size > 0) {
      const bad = new Set(failed.map(({ due }) => due.key));
      const ended = new Set(entries.map(({ due }) => due.key).filter((key) => isOurs(key) && !bad.has(key)));
      if (ended.size > 0) await attempts.end([...ended]);
      for (const key of ended) {
        known.delete(key);
        readyAt.delete(key);
      }
    }
    const retries: Again[] = [];
    for (const { due, error } of failed) retries.push(await recordFailure(due, error));
    return [...again.filter(({ due }) => !retries.some((retry) => retry.due.key === due.key)), ...retries];
  }

  /** Not what another instance has in hand just now. */
  function isOurs(key: string): boolean {
    const attempt = known.get(key);
    return attempt !== undefined && (attempt.failures > 0 || attempt.instance === instance);
  }

  async function recordFailure(due: Due, error: unknown): Promise<Again> {
    const item = await withItem(due);
    const failures = (known.get(due.key)?.failures ?? 0) + 1;
    const retryAt = Math.floor(clock.now() + pauseAfter(failures, failureBackOff));
    const message = error instanceof Error ? error.message : String(error);
    await attempts.fail(countedOf(item), message, retryAt);
    known.set(due.key, { ...nothingKnown(due.key, item.dueAt), failures, error: message, retryAt, instance });
    logger.error(
      { kind, key: due.key, dueAt: new Date(item.dueAt), failures, retryAt: new Date(retryAt), err: error },
      'an item cannot be fired; it is tried again',
    );
    return { due: item, at: retryAt };
  }

  async function setAside(entries: OwnedEntry[]): Promise<Again[]> {
    for (const { due } of entries) {
      const item = await withItem(due);
      const message = `the process ended ${maximumAttempts} times while it was fired`;
      if (await attempts.setAside(countedOf(item), message)) {
        logger.error(
          { kind, key: due.key, dueAt: new Date(item.dueAt) },
          `an item is set aside: ${message}; release it once the cause is fixed`,
        );
      }
      const attempt = known.get(due.key) ?? nothingKnown(due.key, item.dueAt);
      known.set(due.key, { ...attempt, setAsideAt: clock.now() });
    }
    return [];
  }

  async function withItem(due: Due): Promise<Due> {
    if (Number.isFinite(due.dueAt)) return due;
    const item = { key: due.key, dueAt: Math.floor(clock.now()) };
    await put(item);
    return item;
  }

  return {
    refresh,
    async fire(entries) {
      const owned = await ownership.own(entries);
      if (suspicionsKnown < suspicions) await refresh();
      const { plain, counted, single, spent, again } = sort(owned);
      again.push(...(await settle(plain, await fire(plain))));
      // From here on a fault of the connection concerns these alone: what was fired is not fired again.
      const parts = [counted, ...single.map((entry) => [entry])].map((part) => ({ part, act: fireCounted }));
      for (const { part, act } of [...parts, { part: spent, act: setAside }]) {
        try {
          again.push(...(await act(part)));
        } catch (error) {
          if (!isTransientFault(error)) throw error;
          const at = clock.now() + transientPauseMilliseconds;
          again.push(...part.map(({ due }) => ({ due, at })));
        }
      }
      return again;
    },
    async fireNow(keys) {
      await refresh();
      const entries = keys.map((key) => ({ key, dueAt: Number.NEGATIVE_INFINITY })).map(onRequest);
      const countOf = ({ due: { key } }: OwnedEntry) => {
        const attempt = known.get(key);
        return attempt === undefined || attempt.isInHand ? 0 : attempt.attempts;
      };
      const free = entries.filter(({ due }) => known.get(due.key)?.setAsideAt == null);
      const again = await fireCounted(free.filter((entry) => countOf(entry) === 0));
      const suspects = free.filter((entry) => countOf(entry) > 0).sort((a, b) => countOf(a) - countOf(b));
      for (const suspect of suspects) {
        if (countOf(suspect) >= maximumAttempts) await setAside([suspect]);
        else again.push(...(await fireCounted([suspect])));
      }
      return again;
    },
    suspect(shards, at) {
      suspicions += 1;
      for (const shard of shards) suspected.set(shard, at);
    },
    trust(shards, at) {
      for (const shard of shards) if (suspected.get(shard) === at) suspected.delete(shard);
    },
    isSetAside: (key) => (known.get(key)?.setAsideAt ?? null) !== null,
  };
}

const onRequest = (due: Due): OwnedEntry => ({ due, at: due.dueAt, since: performance.now(), epoch: null });

const nothingKnown = (key: string, dueAt: number | null): Attempt => ({
  key,
  dueAt,
  attempts: 0,
  failures: 0,
  error: null,
  retryAt: null,
  setAsideAt: null,
  instance: null,
  isInHand: false,
});
