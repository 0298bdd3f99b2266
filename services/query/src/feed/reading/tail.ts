import { type Logger, readPage } from '@ringback/event-log';
import { createWake, pauseAfter } from '@ringback/worker';
import type { Pool } from 'pg';
import type { FeedEntry } from '../feed-entry.ts';
import type { ReadEntries } from './read-entries.ts';
import { createRecentEvents, type RecentEvents, type RecentEventsLimits } from './recent-events.ts';

/** Reads the end of the log, once for all listeners. */
export interface Tail {
  readonly recent: RecentEvents;
  /** Resolves with the head of the log, read after the call; `recent` reaches at least that far. */
  catchUp(): Promise<number>;
  close(): void;
}

export interface TailOptions {
  pool: Pool;
  readEntries: ReadEntries;
  logger: Logger;
  limits: RecentEventsLimits;
  onAppended(listener: () => void): () => void;
  /** Called with new entries, which are in `recent` already. The next page is read once it resolves. */
  onEntries(entries: readonly FeedEntry[]): Promise<void>;
  /** The log ends before the position that was read last: it was restored. The tail must be closed. */
  onRewound(): void;
  /** Called after a failure, before the next attempt. Must not reject. */
  onFailure(): Promise<void>;
}

const pageSize = 500;
/** Notifications are hints and may be lost; polling bounds the delay. */
const pollMilliseconds = 1_000;
/** Minimum time between two queries, so that a busy log is read in fewer, larger pages. */
const spacingMilliseconds = 25;
const backOff = { first: 200, longest: 2_000 };
const beyondAnyPosition = Number.MAX_SAFE_INTEGER;

/** Starts at the head of the log. Rejects when it cannot be read. */
export async function openTail(options: TailOptions): Promise<Tail> {
  const { pool, readEntries, logger, limits, onAppended, onEntries, onRewound, onFailure } = options;
  const { head } = await readPage(pool, { after: beyondAnyPosition, limit: 1 });
  const recent = createRecentEvents(head, limits);
  const wake = createWake();
  const unsubscribe = onAppended(wake.wake);
  let asking: PromiseWithResolvers<number>[] = [];
  let isClosed = false;

  /** One page. True when there is more to read at once. */
  async function pass(): Promise<boolean> {
    const after = recent.end();
    const page = await readPage(pool, { after, limit: pageSize });
    if (isClosed) return false;
    if (page.head < after) {
      onRewound();
      return false;
    }
    const last = page.events.at(-1);
    if (last === undefined) return false;
    if (last.position !== after + page.events.length)
      throw new Error(`the log has a gap after position ${after}`);
    const entries = await readEntries(page.events);
    if (isClosed) return false;
    recent.push(entries, last.position);
    await onEntries(entries);
    return page.events.length === pageSize;
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!isClosed) {
      const asked = asking;
      asking = [];
      const began = performance.now();
      try {
        if (await pass()) {
          asking = [...asked, ...asking];
          continue;
        }
        if (failures > 0) logger.info({}, 'the feed reads the log again');
        failures = 0;
        for (const { resolve } of asked) resolve(recent.end());
        if (asking.length === 0) await wake.wait(pollMilliseconds);
        await pause(began + spacingMilliseconds - performance.now());
      } catch (error) {
        for (const { reject } of asked) reject(error);
        if (failures === 0) logger.error({ err: error }, 'the feed cannot read the log; it retries');
        failures += 1;
        await onFailure();
        await pause(pauseAfter(failures, backOff));
      }
    }
    for (const { reject } of asking) reject(new Error('the feed is closed'));
  }

  void run();
  return {
    recent,
    catchUp() {
      const question = Promise.withResolvers<number>();
      asking.push(question);
      wake.wake();
      return question.promise;
    },
    close() {
      isClosed = true;
      unsubscribe();
      wake.wake();
    },
  };
}

async function pause(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
