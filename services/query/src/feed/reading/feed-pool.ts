import type { Logger } from '@ringback/event-log';
import pg from 'pg';

const statementMilliseconds = 10_000;

/** A pool of the feed's own on the same database, so that readers that catch up never take connections from intake. */
export function createFeedPool(shared: pg.Pool, logger: Logger, max: number): pg.Pool {
  const pool = new pg.Pool({
    ...shared.options,
    application_name: 'ringback feed',
    max,
    query_timeout: statementMilliseconds + 2_000,
    // Not a startup parameter: connection poolers refuse those that they do not know.
    onConnect: async (client) => {
      await client.query(`set statement_timeout = ${statementMilliseconds}`);
    },
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection broke'));
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}
