import { availableParallelism } from 'node:os';
import { createUpcasters, inTransaction, type Upcasters } from '@ringback/event-log';
import { createLogger, createPool, runMigrations } from '@ringback/service-kit';
import type { Pool, PoolClient } from 'pg';
import { query } from '../definition.ts';
import { subscriptionName } from '../projection/projection.ts';
import { buildTables } from './build.ts';
import { type CatchUpOptions, catchUp } from './catch-up.ts';
import { type Comparison, compareTables } from './compare.ts';
import { RebuildStuck, RebuildUnderway } from './errors.ts';
import { createReport, number, type Report } from './progress.ts';
import { connections } from './reading/connections.ts';
import type { FailedTicket } from './reading/fold-history.ts';
import type { HistorySource } from './reading/history-source.ts';
import { openPlans } from './reading/open-plans.ts';
import { readParked } from './reading/parked.ts';
import { type KafkaSource, openSource, positionHeld, type SourceName } from './reading/source.ts';
import { createSecondSet, dropSecondSet, indexSecondSet } from './writing/second-set.ts';
import { switchTables } from './writing/switch-tables.ts';

export interface RebuildOptions {
  databaseUrl: string;
  from: SourceName;
  /** Where `kafka` is; null: nowhere. */
  kafka?: KafkaSource | null;
  /** Compare with the live tables instead of taking their place. */
  check: boolean;
  /** Try tickets again that the live projection has parked, instead of leaving them as they are. */
  replayParked: boolean;
  /** Told how far it is, a line at a time. */
  write(line: string): void;
  /** Threads that fold. Default: by the source and the processors, four at most. */
  workers?: number;
  /** Events from which on threads are worth their start. Default 50,000. */
  threadsFrom?: number;
  /** In the place of the one that `from` names; one thread folds then. */
  source?: HistorySource;
  upcasters?: Upcasters;
  /** Called when the second set is complete, before it is caught up and switched. */
  onBuilt?(): Promise<void>;
}

export interface Rebuilt {
  events: number;
  tickets: number;
  /** The position that the tables stood at in the end. */
  position: number;
  /** What could not be processed, and is parked now. */
  failed: FailedTicket[];
  /** Of the check; null after a rebuild. */
  comparison: Comparison | null;
}

/** Any number; the same for every rebuild. */
const lockKey = 7_246_555;
/** So few that they are caught up with while the live projection waits. */
const fewEvents = 2_000;
/** A thread takes half a second to start. */
const eventsWorthThreads = 50_000;
const sourceTitles: { [source in SourceName]: string } = { postgres: 'PostgreSQL', kafka: 'Kafka' };
const maximumRounds = 50;
const maximumAttempts = 40;
const pauseMilliseconds = 250;

/**
 * Rebuilds the query service's tables from the log into a second set while the first serves, and puts it in the
 * place of the first. Until the switch the first set is not touched, whatever happens. Only the query service's own
 * tables are written: nothing is appended, no deadline is decided, no one is notified. Throws `RebuildUnderway`,
 * `RebuildStuck`, `HistoryIncomplete`, or for a source that cannot be read.
 */
export async function rebuildReadModels(options: RebuildOptions): Promise<Rebuilt> {
  const logger = createLogger('warn', 'rebuild');
  const pool = createPool(options.databaseUrl, 'rebuild', logger, connections, 'unlimited');
  try {
    await runMigrations(pool, [query]);
    const { from, kafka = null } = options;
    const source = options.source ?? openSource(from, pool, kafka);
    const held = await positionHeld(from, pool, kafka);
    // One transaction from the first to the last: who loses it loses the right to switch, and no one else waits for
    // it. It holds no snapshot while it is idle.
    return await inTransaction(pool, async (lock) => {
      const { rows } = await lock.query<{ mine: boolean }>('select pg_try_advisory_xact_lock($1) as mine', [
        lockKey,
      ]);
      if (rows[0]?.mine !== true) throw new RebuildUnderway();
      await lock.query('set local idle_in_transaction_session_timeout = 0');
      return await rebuildLocked(lock, pool, { source, held }, options);
    });
  } finally {
    await pool.end();
  }
}

async function rebuildLocked(
  lock: PoolClient,
  pool: Pool,
  { source, held }: { source: HistorySource; held: number },
  options: RebuildOptions,
): Promise<Rebuilt> {
  const { check, replayParked, upcasters = createUpcasters() } = options;
  const report = createReport(options.write);
  const began = performance.now();
  const parked = replayParked && !check ? new Map<string, number>() : await readParked(pool);
  const until = Math.min(held, check ? await readCheckpoint(pool) : await readHead(pool));
  if (parked.size > 0) report.say(`${number(parked.size)} parked tickets stay as they are`);
  report.say(`builds from the log in ${sourceTitles[options.from]} up to position ${number(until)}`);
  await createSecondSet(pool);
  const isWorthThreads = options.source === undefined && until >= (options.threadsFrom ?? eventsWorthThreads);
  const threads = isWorthThreads ? (options.workers ?? threadsFor(options.from)) : 1;
  const { databaseUrl, from, kafka = null } = options;
  const build = { pool, databaseUrl, from, kafka, source, upcasters, until, parked, threads, report };
  const { events, tickets, failed } = await buildTables(build);
  await indexSecondSet(pool);
  const elapsed = () => ((performance.now() - began) / 1_000).toFixed(1);
  report.say(
    `built ${number(tickets)} tickets from ${number(events)} events in ${elapsed()} s, ${number(Math.round((1_000 * events) / (performance.now() - began)))} events/s`,
  );
  await options.onBuilt?.();
  const plans = await openPlans(pool, until, { remember: false });
  try {
    const catching: CatchUpOptions = {
      pool,
      directory: plans.directory,
      upcasters,
      parkedBefore: parked,
      failed,
    };
    const built = { events, tickets };
    if (check) {
      const { comparison, position } = await compareAt(pool, until, catching);
      await dropSecondSet(pool);
      return { ...built, position, failed: [...failed.values()], comparison };
    }
    const position = await takeOver(lock, until, { ...catching, replayParked }, report);
    report.say(`switched after ${elapsed()} s`);
    return { ...built, position, failed: [...failed.values()], comparison: null };
  } finally {
    await plans.close();
  }
}

/** Catches up until little is left, then does the rest and switches. */
async function takeOver(
  lock: PoolClient,
  from: number,
  options: CatchUpOptions & { replayParked: boolean },
  report: Report,
): Promise<number> {
  const { pool } = options;
  let position = from;
  for (let attempt = 0; attempt < maximumAttempts; attempt += 1) {
    for (let round = 0; round < maximumRounds; round += 1) {
      const head = await readHead(pool);
      if (head - position <= fewEvents) break;
      const parked = options.parkedBefore;
      await inTransaction(pool, (transaction) =>
        catchUp(transaction, { from: position, until: head, parked }, options),
      );
      report.say(`caught up with ${number(head - position)} events since`);
      position = head;
    }
    const switched = await switchTables(lock, attempt, position, options);
    if (switched !== null) return switched;
    report.say('somebody reads the tables for long; the switch waits for them');
    await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
  }
  throw new RebuildStuck('A transaction keeps reading the live tables; see pg_stat_activity and try again');
}

/** One snapshot shows the live tables and the checkpoint that they stand at; what is left to do is done inside it. */
async function compareAt(
  pool: Pool,
  from: number,
  options: CatchUpOptions,
): Promise<{ comparison: Comparison; position: number }> {
  return await inTransaction(pool, async (transaction) => {
    await transaction.query('set transaction isolation level repeatable read');
    const position = await readCheckpoint(transaction);
    const parked = await readParked(transaction);
    await catchUp(transaction, { from, until: position, parked }, options);
    return { comparison: await compareTables(transaction), position };
  });
}

/** PostgreSQL needs about as much of the machine as we do; Kafka's brokers are elsewhere, and its messages cost more. */
function threadsFor(source: SourceName): number {
  const processors = availableParallelism();
  return Math.min(4, Math.max(1, source === 'postgres' ? Math.floor(processors / 2) : processors));
}

async function readHead(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ position: string }>('select position from log.head');
  return Number(rows[0]?.position ?? 0);
}

/** Where the live tables stand; 0 before the projection has begun. */
async function readCheckpoint(connection: Pool | PoolClient): Promise<number> {
  const { rows } = await connection.query<{ position: string }>(
    'select position from query.checkpoints where subscription = $1',
    [subscriptionName],
  );
  return Number(rows[0]?.position ?? 0);
}
