import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import type { Logger } from './port.ts';

/**
 * Names the log that positions belong to. Another name means that the log was restored, or is another one: a position
 * of before may stand for another event now.
 */
export interface LogIdentity {
  /** As it was read last; 32 hexadecimal digits. */
  name(): string;
  /** Reads it again and returns it. */
  check(): Promise<string>;
  /** Called after a change, with the new name. Returns what ends that. */
  onChanged(listener: (name: string) => void): () => void;
  stop(): void;
}

export interface LogIdentityOptions {
  pool: Pool;
  logger: Logger;
  /** What tells the database's files from a copy of them, where it can be known. */
  origin?: string;
}

const intervalMilliseconds = 30_000;

/** Not allowed, not there, not implemented, not in this state: what a managed PostgreSQL answers with. */
const refusals = new Set(['42501', '42883', '0A000', '55000']);

/**
 * Reads the log's name, and reads it again regularly: a failover or a restore may happen under a process that runs.
 * Rejects when the database does not answer the first time.
 */
export async function startLogIdentity(options: LogIdentityOptions): Promise<LogIdentity> {
  const { pool, logger, origin = '' } = options;
  const listeners = new Set<(name: string) => void>();
  let name = await readLogName(pool, origin);

  async function check(): Promise<string> {
    const found = await readLogName(pool, origin);
    if (found === name) return name;
    logger.warn({ before: name, now: found }, 'the log has another name: it was restored, or failed over');
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

/** Gives the log another name: after a restore that PostgreSQL itself does not show. */
export async function renewLogIdentity(pool: Pool): Promise<void> {
  await pool.query('update log.identity set id = gen_random_uuid()');
}

/**
 * A digest of the row made with the log, and of what a restore changes beside it: the cluster's system identifier and
 * the database (a dump restored elsewhere), the table and the row's transaction (a dump restored in place), the
 * timeline (a point-in-time recovery, a failover), and the origin (a cold copy put back).
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
  // Not that of the latest checkpoint, which stays behind for a while after a promotion.
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
