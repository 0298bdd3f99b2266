import { type RecordedEvent, readPage } from '@ringback/event-log';
import type { Pool } from 'pg';
import type { FeedEntry } from '../feed-entry.ts';
import type { ReadEntries } from './read-entries.ts';

interface LogPage {
  /** In order, of positions up to and including `until`. */
  entries: readonly FeedEntry[];
  until: number;
}

/** Pages of the log before the part that is held in memory. */
export interface LogPages {
  /** The page that contains the position after `after`. It may begin earlier, and ends at `end` at the latest. */
  read(after: number, end: number): Promise<LogPage>;
  /** Drops the cached pages. Call it when a ticket's customer has changed. */
  forget(): void;
}

export interface LogPagesOptions {
  pool: Pool;
  readEntries: ReadEntries;
  /** Positions in a page. */
  size: number;
  /** Pages read concurrently; others wait. */
  atOnce: number;
  /** Approximate size of the cache. */
  bytes: number;
}

interface KeptPage extends LogPage {
  bytes: number;
}

/** Pages are cut at multiples of the size, so that listeners that catch up in the same place share one query. */
export function createLogPages({ pool, readEntries, size, atOnce, bytes }: LogPagesOptions): LogPages {
  const kept = new Map<string, KeptPage>();
  const reading = new Map<string, Promise<KeptPage>>();
  const waiting: (() => void)[] = [];
  let keptBytes = 0;
  let running = 0;
  let generation = 0;

  async function takeTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }

  async function readFromLog(after: number, until: number): Promise<KeptPage> {
    const { events } = await readPage(pool, { after, limit: until - after });
    requireDense(events, after, until);
    const entries = await readEntries(events);
    return { entries, until, bytes: entries.reduce((sum, entry) => sum + entry.bytes, 1_000) };
  }

  function keep(key: string, page: KeptPage): void {
    kept.set(key, page);
    keptBytes += page.bytes;
    for (const [oldest, { bytes: freed }] of kept) {
      if (keptBytes <= bytes) break;
      kept.delete(oldest);
      keptBytes -= freed;
    }
  }

  return {
    async read(after, end) {
      const from = after - (after % size);
      const until = Math.min(from + size, end);
      const key = `${generation} ${from} ${until}`;
      const found = kept.get(key);
      if (found !== undefined) {
        // Moves it to the end: the least recently used page is dropped first.
        kept.delete(key);
        kept.set(key, found);
        return found;
      }
      let page = reading.get(key);
      if (page === undefined) {
        const asked = generation;
        page = takeTurn(() => readFromLog(from, until));
        reading.set(key, page);
        page
          .then((read) => asked === generation && keep(key, read))
          .catch(() => {})
          .finally(() => reading.delete(key));
      }
      return await page;
    },
    forget() {
      generation += 1;
      kept.clear();
      keptBytes = 0;
    },
  };
}

/** Throws when events are missing: the log was truncated or replaced. */
function requireDense(events: readonly RecordedEvent[], after: number, until: number): void {
  if (events.length === until - after && events.at(-1)?.position === until) return;
  throw new Error(`the log holds ${events.length} events after ${after}, not all up to ${until}`);
}
