import type { Upcasters } from '@ringback/event-log';
import type { Pool } from 'pg';
import { openCopies } from './copy-rows.ts';
import { type FailedTicket, foldHistory } from './fold-history.ts';
import { openPlans } from './open-plans.ts';
import type { HistorySource, Part } from './source.ts';

export interface PartOptions {
  pool: Pool;
  source: HistorySource;
  part: Part;
  upcasters: Upcasters;
  /** The position that the tables are built up to. */
  until: number;
  parked: ReadonlyMap<string, number>;
  /** Told what has been folded since the last time. */
  onProgress(progress: Progress): void;
}

export interface Progress {
  events: number;
  tickets: number;
  failed: FailedTicket[];
}

const eventsOfProgress = 5_000;

/** Folds a part of the tickets and copies their rows into the second set. */
export async function buildPart(options: PartOptions): Promise<void> {
  const { pool, source, part, upcasters, until, parked, onProgress } = options;
  // It sorts while the rest is made ready.
  const batches = source(until, part)[Symbol.asyncIterator]();
  const first = batches.next();
  first.catch(() => {});
  const plans = await openPlans(pool, until, { remember: true });
  const copies = await openCopies(pool);
  const fold = { administration: plans.administration, upcasters, parked };
  let progress: Progress = { events: 0, tickets: 0, failed: [] };
  const tell = () => {
    onProgress(progress);
    progress = { events: 0, tickets: 0, failed: [] };
  };
  let isWhole = false;
  try {
    for (let batch = await first; batch.done !== true; batch = await batches.next()) {
      for (const history of batch.value) {
        const { ticket, failed } = await foldHistory(history, fold);
        progress.events += history.length;
        if (failed !== null) progress.failed.push(failed);
        if (ticket === null) continue;
        progress.tickets += 1;
        copies.add(ticket);
      }
      await copies.flush();
      if (progress.events >= eventsOfProgress) tell();
    }
    await copies.end();
    isWhole = true;
    tell();
  } finally {
    if (!isWhole) copies.abort();
    await batches.return?.();
    await plans.close();
  }
}
