import { isStorageFault } from '@ringback/event-log';
import pg from 'pg';
import { Gauge, type Registry } from 'prom-client';
import { withDeadline } from '../process/with-deadline.ts';
import type { ReadinessCheck } from '../service.ts';

/** Whether the database answers, and takes what is written. */
export interface DatabaseHealth {
  check: ReadinessCheck;
  /** Looks at what PostgreSQL answers on the connections of a pool. */
  observe(pool: pg.Pool): void;
  close(): Promise<void>;
}

const answerMilliseconds = 1_000;
const scrapeMilliseconds = 800;
/** It looks at every file of the database. */
const sizeMilliseconds = 60_000;

/** Takes about two megabytes of the disk while it runs, and leaves nothing there. */
const writeProbe = `create temporary table ringback_write_probe on commit drop as
  select (select string_agg(md5(random()::text || part || row), '') from generate_series(1, 55) as part) as filler
  from generate_series(1, 1000) as row`;

interface ServerMessage extends Error {
  code?: string;
}

/**
 * Asks on a connection of its own, which is neither used up by requests nor waited for longer than a second. A database
 * that has refused to write for its disk is not ready until it has written something, whether or not somebody asks for
 * that; while its disk is full it still answers.
 */
export function createDatabaseHealth(connectionString: string, registry: Registry): DatabaseHealth {
  const pool = new pg.Pool({
    connectionString,
    application_name: 'ringback health',
    max: 1,
    connectionTimeoutMillis: answerMilliseconds,
    query_timeout: answerMilliseconds,
    idleTimeoutMillis: 30_000,
  });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  let storageFault: ServerMessage | null = null;
  let asking: Promise<{ ok: boolean; detail?: string }> | null = null;

  async function ask(): Promise<{ ok: boolean; detail?: string }> {
    try {
      await pool.query(storageFault === null ? 'select 1' : writeProbe);
      storageFault = null;
      return { ok: true };
    } catch (error) {
      return { ok: false, detail: describe(error as ServerMessage) };
    }
  }

  function describe(error: ServerMessage): string {
    if (isStorageFault(error)) {
      storageFault = error;
      return error.code === '53100' ? 'disk full' : `storage fault: ${error.message}`;
    }
    const detail = /timeout/i.test(error.message) ? 'does not answer' : error.message;
    // PostgreSQL itself ends when it cannot write its log.
    return storageFault?.code === '53100' ? `disk full: ${detail}` : detail;
  }

  const check = () => {
    asking ??= ask().finally(() => {
      asking = null;
    });
    return asking;
  };
  new Gauge({
    name: 'ringback_database_up',
    help: 'Whether the database answers and takes what is written: 1 or 0',
    registers: [registry],
    async collect() {
      // Before it is left out as one that could not be collected.
      const result = await withDeadline(check(), scrapeMilliseconds).catch(() => ({ ok: false }));
      this.set(result.ok ? 1 : 0);
    },
  });
  let size = { bytes: 0, readAt: Number.NEGATIVE_INFINITY };
  new Gauge({
    name: 'ringback_database_size_bytes',
    help: 'Size of the database with its indexes, a minute old at most',
    registers: [registry],
    async collect() {
      if (performance.now() - size.readAt > sizeMilliseconds) {
        const { rows } = await pool.query<{ bytes: string }>(
          'select pg_database_size(current_database()) as bytes',
        );
        size = { bytes: Number(rows[0]?.bytes), readAt: performance.now() };
      }
      this.set(size.bytes);
    },
  });
  return {
    check: { name: 'database', check },
    observe: (observed) => {
      observed.on('connect', (client) => {
        const { connection } = client as unknown as {
          connection?: { on(event: 'errorMessage', listener: (message: ServerMessage) => void): void };
        };
        connection?.on('errorMessage', (message) => {
          if (isStorageFault(message)) storageFault = message;
        });
      });
    },
    close: () => pool.end(),
  };
}
