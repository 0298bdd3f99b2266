import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Logger } from './port.ts';

/**
 * Names the log that positions belong to. A different name means that the log was restored or replaced, so a position
 * read earlier may stand for another event now.
 */
export interface LogIdentity {
  /** As last read; 32 hexadecimal digits. */
  name(): string;
  /** Reads the name again and returns it. */
  check(): Promise<string>;
  /** Calls the listener with the new name after each change. Returns a function that unsubscribes. */
  onChanged(listener: (name: string) => void): () => void;
  stop(): void;
}

export interface LogIdentityOptions {
  pool: Pool;
  logger: Logger;
  /** Distinguishes the database's files from a copy of them, where that is possible. */
  origin?: string;
}

const intervalMilliseconds = 30_000;

/** Not permitted, unknown, not supported, wrong state: how a managed PostgreSQL refuses a function. */
const refusals = new Set(['42501', '42883', '0A000', '55000']);

/**
 * Reads the log's name, and reads it again every 30 seconds, because a failover or a restore may happen under a running
 * process. Rejects when the first read fails.
 */
export async function startLogIdentity(options: LogIdentityOptions): Promise<LogIdentity> {
  const { pool, logger, origin = '' } = options;
  const listeners = new Set<(name: string) => void>();
  let name = await readLogName(pool, origin);

  async function check(): Promise<string> {
    const found = await readLogName(pool, origin);
    if (found === name) return name;
    logger.warn({ before: name, now: found }, 'the log has another name: it was restored or failed over');
    name = found;
    for (const listener of listeners) listener(found);
    return found;
  }

  const timer = setInterval(() => void check().catch(() => {}), intervalMilliseconds);
  timer.unref();
  return {
    name: () => name,
    check,
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * A digest of the log's own id and of everything that a restore changes: the cluster's system identifier and the
 * database (a dump restored elsewhere), the table and the row's transaction (a dump restored in place), the timeline (a
 * point-in-time recovery or a failover), and the origin (a cold copy put back).
 */
async function readLogName(pool: Pool, origin: string): Promise<string> {
  const { rows } = await pool.query<{ id: string; row: string; table: string; database: string }>(
    `select i.id::text, i.xmin::text as row, i.tableoid::text as table, d.oid::text as database
     from log.identity i, pg_database d where d.datname = current_database()`,
  );
  const [found] = rows;
  if (found === undefined) throw new Error('log.identity is empty; insert into log.identity default values');
  const { id, row, table, database } = found;
  const cluster = await readIfAllowed(
    pool,
    'select system_identifier::text as value from pg_control_system()',
  );
  // Not the timeline of the last checkpoint, which lags behind after a promotion.
  const timeline = await readIfAllowed(
    pool,
    'select left(pg_walfile_name(pg_current_wal_lsn()), 8) as value',
  );
  const parts = [id, row, table, database, cluster, timeline, origin];
  return createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 32);
}

async function readIfAllowed(pool: Pool, statement: string): Promise<string> {
  try {
    const { rows } = await pool.query<{ value: string }>(statement);
    return rows[0]?.value ?? '';
  } catch (error) {
    if (refusals.has(String((error as { code?: unknown }).code))) return '';
    throw error;
  }
}
