import { createLoop } from '@ringback/worker';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { Counter, type Registry } from 'prom-client';

/** Rows that are kept for some days and then deleted. The SQL is the service's own; none of it comes from outside. */
export interface Retained {
  /** For logs and metrics, such as `deliveries`. */
  name: string;
  /** With its schema, and the alias that `condition` uses: `intake.deliveries d`. */
  table: string;
  /** The alias of `table`. */
  alias: string;
  /** When a row was made; indexed. */
  instant: string;
  /** What may go, for example only what is done. */
  condition: string;
  /** Days; 0 keeps the rows indefinitely. */
  days: number;
}

export interface RetentionOptions {
  pool: Pool;
  logger: Logger;
  metrics: Registry;
  retained: readonly Retained[];
}

export interface Retention {
  start(): void;
  stop(): Promise<void>;
  /** Deletes what is due now, and returns how many rows that was. */
  purge(): Promise<number>;
}

const rowsAtATime = 1_000;
const betweenBatches = 50;
const everyMilliseconds = 3_600_000;
const backOff = { first: 1_000, longest: 300_000 };

/**
 * Deletes what its service need not keep any longer: once an hour, a thousand rows at a time. Instances may run it at
 * once: each leaves out what another one is deleting.
 */
export function createRetention({ pool, logger, metrics, retained }: RetentionOptions): Retention {
  const purged = purgedRowsIn(metrics);

  async function deleteBatch({ name, table, alias, instant, condition, days }: Retained): Promise<number> {
    if (days === 0) return 0;
    const [relation = table] = table.split(' ');
    const { rowCount } = await pool.query(
      `delete from ${relation} where ctid = any (array(
         select ${alias}.ctid from ${table}
         where ${alias}.${instant} < clock_timestamp() - make_interval(days => $1) and ${condition}
         limit $2 for update of ${alias} skip locked))`,
      [days, rowsAtATime],
    );
    if ((rowCount ?? 0) > 0) purged.inc({ what: name }, rowCount ?? 0);
    return rowCount ?? 0;
  }

  async function purgeOnce(): Promise<number> {
    let rows = 0;
    for (const each of retained) rows += await deleteBatch(each);
    return rows;
  }

  const loop = createLoop({
    async turn() {
      const rows = await purgeOnce();
      if (rows > 0) logger.info({ rows }, 'deleted what is older than it has to be kept');
      return rows > 0 ? betweenBatches : everyMilliseconds;
    },
    backOff,
    onError(error, failures) {
      if (failures === 1) logger.warn({ err: error }, 'old rows cannot be deleted; it is tried again');
    },
  });

  return {
    start: () => void loop.start(),
    stop: loop.stop,
    async purge() {
      let rows = 0;
      for (;;) {
        const deleted = await purgeOnce();
        rows += deleted;
        if (deleted === 0) return rows;
      }
    },
  };
}

const counterName = 'ringback_purged_rows_total';

/** One counter for all services of a process. */
function purgedRowsIn(registry: Registry): Counter<'what'> {
  const known = registry.getSingleMetric(counterName) as Counter<'what'> | undefined;
  return (
    known ??
    new Counter({
      name: counterName,
      help: 'Rows that were deleted because they are older than they have to be kept',
      labelNames: ['what'],
      registers: [registry],
    })
  );
}
