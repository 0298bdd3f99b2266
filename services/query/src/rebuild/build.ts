import { Worker } from 'node:worker_threads';
import type { Upcasters } from '@ringback/event-log';
import type { Pool } from 'pg';
import type { FailedTicket } from './fold-histories.ts';
import { type Loaded, loadShare } from './load-share.ts';
import { openPlans } from './open-plans.ts';
import type { Report } from './progress.ts';
import { createShares, readShare, type Share, type Shares } from './shares.ts';
import type { EventSource } from './source.ts';

export interface BuildOptions {
  pool: Pool;
  databaseUrl: string;
  source: EventSource;
  upcasters: Upcasters;
  /** The position that the tables are built up to. */
  until: number;
  parked: ReadonlyMap<string, number>;
  /** That fold; 0: this one does. */
  threads: number;
  report: Report;
}

export interface Built {
  events: number;
  tickets: number;
  failed: Map<string, FailedTicket>;
}

/** Few enough to be folded in memory; many enough for the threads to end at about the same time. */
const eventsOfShare = 15_000;
const maximumShares = 4_096;
/** What is folded of one share should die young. */
const youngMegabytes = 64;

/** Fills the second set with what the source holds up to a position. */
export async function buildTables(options: BuildOptions): Promise<Built> {
  const { source, until, report, threads } = options;
  const count = Math.min(maximumShares, Math.max(1, Math.ceil(until / eventsOfShare)));
  const shares = await createShares(count);
  try {
    await divide(source(until), shares, until, report);
    const built: Built = { events: 0, tickets: 0, failed: new Map() };
    const collect = (loaded: Loaded) => {
      built.events += loaded.events;
      built.tickets += loaded.tickets;
      for (const ticket of loaded.failed) built.failed.set(ticket.streamId, ticket);
      report.projected(built, until);
    };
    if (threads === 0) await foldHere(shares.take(), options, collect);
    else await foldInThreads(shares.take(), options, collect);
    return built;
  } finally {
    await shares.remove();
  }
}

async function divide(
  chunks: AsyncIterable<Buffer>,
  shares: Shares,
  until: number,
  report: Report,
): Promise<void> {
  let events = 0;
  for await (const chunk of chunks) {
    await shares.add(chunk);
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) events += 1;
    report.read(events, until);
  }
}

async function foldHere(
  shares: Share[],
  { pool, until, upcasters, parked }: BuildOptions,
  collect: (loaded: Loaded) => void,
): Promise<void> {
  const plans = await openPlans(pool, until, { remember: true });
  const client = await pool.connect();
  try {
    const fold = { administration: plans.administration, upcasters, parked };
    for (const share of shares) collect(await loadShare(await readShare(share), client, fold));
  } finally {
    client.release();
    await plans.close();
  }
}

/** Each thread takes the next share when it is done with one. */
async function foldInThreads(
  shares: Share[],
  { databaseUrl, until, parked, threads }: BuildOptions,
  collect: (loaded: Loaded) => void,
): Promise<void> {
  const waiting = [...shares];
  const workers = Array.from(
    { length: threads },
    () =>
      new Worker(new URL('./build-worker.ts', import.meta.url), {
        workerData: { databaseUrl, until, parked },
        resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes },
      }),
  );
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            const next = () => {
              const share = waiting.shift();
              if (share === undefined) resolve();
              else worker.postMessage(share);
            };
            worker.on('error', reject);
            worker.on('exit', () => reject(new Error('a thread of the rebuild ended before its work')));
            worker.on('message', (loaded: Loaded | 'ready') => {
              if (loaded !== 'ready') collect(loaded);
              next();
            });
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
