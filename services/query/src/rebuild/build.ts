import { Worker } from 'node:worker_threads';
import type { Part, Upcasters } from '@ringback/event-log';
import type { Pool } from 'pg';
import { buildPart, type Progress } from './build-part.ts';
import type { Report } from './progress.ts';
import type { FailedTicket } from './reading/fold-history.ts';
import type { HistorySource } from './reading/history-source.ts';
import type { KafkaSource, SourceName } from './reading/source.ts';

export interface BuildOptions {
  pool: Pool;
  databaseUrl: string;
  from: SourceName;
  kafka: KafkaSource | null;
  source: HistorySource;
  upcasters: Upcasters;
  /** The position that the tables are built up to. */
  until: number;
  parked: ReadonlyMap<string, number>;
  /** That fold, this one among them. */
  threads: number;
  report: Report;
}

export interface Built {
  events: number;
  tickets: number;
  failed: Map<string, FailedTicket>;
}

/** What a thread of the rebuild is given. */
export type PartOrder = Pick<BuildOptions, 'databaseUrl' | 'from' | 'kafka' | 'until' | 'parked'> & {
  part: Part;
};

/** What is folded should die young; what does not is bounded. */
const resourceLimits = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 1_024 };

/** Fills the second set with what the source holds up to a position. */
export async function buildTables(options: BuildOptions): Promise<Built> {
  const { databaseUrl, from, kafka, until, parked, threads: of, report } = options;
  const built: Built = { events: 0, tickets: 0, failed: new Map() };
  let putAside = 0;
  const onProgress = ({ read, events, tickets, failed }: Progress) => {
    putAside += read;
    built.events += events;
    built.tickets += tickets;
    for (const ticket of failed) built.failed.set(ticket.streamId, ticket);
    if (events === 0) report.read(putAside, until);
    else report.projected(built, until);
  };
  const workers = Array.from({ length: of - 1 }, (_, index) => {
    const workerData: PartOrder = { databaseUrl, from, kafka, until, parked, part: { index: index + 1, of } };
    return new Worker(new URL('./build-worker.ts', import.meta.url), { workerData, resourceLimits });
  });
  try {
    await Promise.all([
      ...workers.map((worker) => untilDone(worker, onProgress)),
      buildPart({ ...options, part: { index: 0, of }, onProgress }),
    ]);
    return built;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

function untilDone(worker: Worker, onProgress: (progress: Progress) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('a thread of the rebuild ended before its work')));
    worker.on('message', (message: Progress | 'done') => {
      if (message === 'done') return resolve();
      try {
        onProgress(message);
      } catch (error) {
        reject(error);
      }
    });
  });
}
