import type { Pool } from 'pg';

/** The database's clock, known here to about a millisecond, and immune to steps of this machine's clock. */
export interface DatabaseClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Measures again; called regularly, and after anything that may have moved the database. */
  synchronise(): Promise<void>;
  stop(): void;
}

const samples = 5;
const intervalMilliseconds = 30_000;

/**
 * Measures the offset between `performance.now()` and the database's `clock_timestamp()`: of several round trips the
 * fastest says most. Rejects when the database does not answer the first time.
 */
export async function startDatabaseClock(pool: Pool): Promise<DatabaseClock> {
  let offset = 0;
  const synchronise = async () => {
    let best = Number.POSITIVE_INFINITY;
    for (let sample = 0; sample < samples; sample += 1) {
      const sent = performance.now();
      const { rows } = await pool.query<{ now: number }>(
        'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
      );
      const received = performance.now();
      if (received - sent >= best) continue;
      best = received - sent;
      offset = (rows[0]?.now ?? 0) - (sent + received) / 2;
    }
  };
  await synchronise();
  const timer = setInterval(() => void synchronise().catch(() => {}), intervalMilliseconds);
  timer.unref();
  return {
    now: () => performance.now() + offset,
    synchronise,
    stop: () => clearInterval(timer),
  };
}
