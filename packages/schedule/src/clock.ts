import type { Pool } from 'pg';

/** The database's time: what to sleep by, and what to decide by. Epoch milliseconds, UTC. */
export interface TimerClock {
  /** An estimate, good enough to sleep by. */
  now(): number;
  /** The database's own `clock_timestamp()`; what is decided is decided by this alone. */
  ask(): Promise<number>;
}

/**
 * Each answer of the database also bounds the estimate: it was true at some instant between the question and the
 * answer. So a step of either clock is corrected with the next question, and an estimate that runs ahead costs one
 * question, never an item that fires early.
 */
export function createTimerClock(clock: { now(): number }, pool: Pool): TimerClock {
  let correction = 0;
  return {
    now: () => clock.now() + correction,
    async ask() {
      const sent = clock.now();
      const { rows } = await pool.query<{ now: number }>({
        name: 'schedule-clock-1',
        text: 'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
      });
      const answer = rows[0]?.now ?? 0;
      correction = Math.min(Math.max(correction, answer - clock.now()), answer - sent);
      return answer;
    },
  };
}

/**
 * The last millisecond that is over at an instant of the database. Whatever is recorded from then on happened later,
 * unless it says otherwise: a clock that was not met by then is missed.
 */
export function lastWholeMillisecond(instant: number): number {
  return Math.floor(instant) - 1;
}
