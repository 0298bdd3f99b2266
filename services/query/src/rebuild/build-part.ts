import type { Part, Upcasters } from '@ringback/event-log';
import type { Pool } from 'pg';
import { type FailedTicket, foldHistory } from './reading/fold-history.ts';
import type { HistorySource } from './reading/history-source.ts';
import { openPlans, type Plans } from './reading/open-plans.ts';
import { type Copies, openCopies } from './writing/copy-rows.ts';

export interface PartOptions {
  pool: Pool;
  source: HistorySource;
  part: Part;
  upcasters: Upcasters;
  /** The position that the tables are built up to. */
  until: number;
  parked: ReadonlyMap<string, number>;
  /** Told what has been done since the last time. */
  onProgress(progress: Progress): void;
}

export interface Progress {
  /** Events that have been put aside, to be put in order. */
  read: number;
  /** Events that have been folded. */
  events: number;
  tickets: number;
  failed: FailedTicket[];
}

const eventsOfProgress = 5_000;

/** Folds a part of the tickets and copies their rows into the second set. */
export async function buildPart(options: PartOptions): Promise<void> {
  const { pool, source, part, upcasters, until, parked } = options;
  const progress = gatherProgress(options.onProgress);
  const batches = source({ until, part, onRead: (events) => progress.add({ read: events }) });
  // It sorts while the rest is made ready.
  const first = batches.next();
  first.catch(() => {});
  let plans: Plans | null = null;
  let copies: Copies | null = null;
  try {
    plans = await openPlans(pool, until, { remember: true });
    copies = await openCopies(pool);
    const fold = { directory: plans.directory, upcasters, parked };
    for (let batch = await first; batch.done !== true; batch = await batches.next()) {
      for (const history of batch.value) {
        const { ticket, failed } = await foldHistory(history, fold);
        if (ticket !== null) copies.add(ticket);
        progress.add({ events: history.length, tickets: ticket === null ? 0 : 1, failed });
      }
      await copies.flush();
    }
    await copies.end();
    copies = null;
    progress.tell();
  } finally {
    copies?.abort();
    await batches.return(undefined);
    await plans?.close();
  }
}

function gatherProgress(onProgress: PartOptions['onProgress']) {
  const nothing = (): Progress => ({ read: 0, events: 0, tickets: 0, failed: [] });
  let progress = nothing();
  const tell = () => {
    onProgress(progress);
    progress = nothing();
  };
  return {
    add({
      read = 0,
      events = 0,
      tickets = 0,
      failed = null,
    }: Partial<Omit<Progress, 'failed'>> & { failed?: FailedTicket | null }) {
      progress.read += read;
      progress.events += events;
      progress.tickets += tickets;
      if (failed !== null) progress.failed.push(failed);
      if (progress.read + progress.events >= eventsOfProgress) tell();
    },
    tell,
  };
}
