import { isConnectionFault } from '@ringback/event-log';
import pg from 'pg';
import type { Logger } from 'pino';

/** A pool that survives what happens to its connections. */
export function createPool(connectionString: string, name: string, logger: Logger, max = 12): pg.Pool {
  const pool = new pg.Pool({
    connectionString,
    application_name: `ringback ${name}`,
    max,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
  });
  // An idle connection that breaks is replaced at the next use; unhandled, its error would end the process.
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection broke'));
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Waits until the database answers, with growing pauses; rejects only when it answers with a refusal. */
export async function waitForDatabase(pool: pg.Pool, logger: Logger, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await pool.query('select 1');
      if (attempt > 0) logger.info('the database answers');
      return;
    } catch (error) {
      if (signal.aborted || !isConnectionFault(error)) throw error;
      if (attempt % 10 === 0) logger.warn({ err: error }, 'the database cannot be reached; trying again');
      await new Promise((resolve) => setTimeout(resolve, Math.min(2_000, 100 * 2 ** Math.min(attempt, 5))));
    }
  }
}
