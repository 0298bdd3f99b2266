import { setTimeout as delay } from 'node:timers/promises';
import { isConnectionFault } from '@ringback/event-log';
import { pauseAfter } from '@ringback/worker';
import pg from 'pg';
import type { Logger } from 'pino';
import { explainDatabaseFault } from './explain-database-fault.ts';

/**
 * How long a statement may take, milliseconds: `request` what somebody waits for; `background` what is tried again by
 * itself; `unlimited` migrations, rebuilds and maintenance, which know best.
 */
export type Patience = 'request' | 'background' | 'unlimited';

interface Timeouts {
  /** PostgreSQL cancels the statement. */
  statement: number;
  /** We give up on a server that does not even do that, and close the connection: it may be frozen. */
  answer: number;
  /** PostgreSQL ends a transaction that its owner, perhaps frozen, has left open. */
  idleInTransaction: number;
}

const timeouts: { [patience in Patience]: Timeouts } = {
  request: { statement: 4_500, answer: 5_000, idleInTransaction: 60_000 },
  background: { statement: 60_000, answer: 65_000, idleInTransaction: 60_000 },
  unlimited: { statement: 0, answer: 0, idleInTransaction: 0 },
};
const acquisitionMilliseconds = 5_000;
const backOff = { first: 100, longest: 2_000 };

/** A pool that survives what happens to its connections, and does not wait for a database that does not answer. */
export function createPool(
  connectionString: string,
  name: string,
  logger: Logger,
  max = 12,
  patience: Patience = 'request',
): pg.Pool {
  const { statement, answer, idleInTransaction } = timeouts[patience];
  const pool = new pg.Pool({
    connectionString,
    application_name: `ringback ${name}`,
    max,
    connectionTimeoutMillis: acquisitionMilliseconds,
    idleTimeoutMillis: 30_000,
    query_timeout: answer,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    // Not as parameters of the connection: PgBouncer refuses those that it does not know.
    onConnect: async (client) => {
      await client.query(
        `set statement_timeout = ${statement}; set idle_in_transaction_session_timeout = ${idleInTransaction}`,
      );
    },
  });
  // An idle connection that breaks is replaced at the next use; unhandled, its error would end the process.
  pool.on('error', (error) => {
    if (pool.ending) return;
    logger.warn({ err: error }, 'an idle database connection broke');
  });
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/**
 * Waits until the database answers, with growing pauses. Rejects when it answers with a refusal, with what to do.
 * Calls `tell` at the first failure and at every tenth, and when the database answers.
 */
export async function waitForDatabase(
  pool: pg.Pool,
  tell: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await pool.query('select 1');
      if (attempt > 0) tell('the database answers');
      return;
    } catch (error) {
      const explained = explainDatabaseFault(error, pool.options);
      if (signal.aborted || !isConnectionFault(error)) throw explained;
      if (attempt % 10 === 0) tell(`${explained.message} Trying again.`);
      await delay(pauseAfter(attempt + 1, backOff), undefined, { signal }).catch(() => {});
    }
  }
}
