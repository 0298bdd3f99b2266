import type { Pool } from 'pg';

/** A process that can be frozen, as by SIGSTOP: what it asks the database and whatever passes here then waits. */
export interface Freezable {
  pool: Pool;
  freeze(): void;
  thaw(): void;
  pass(): Promise<void>;
}

export function createFreezable(pool: Pool): Freezable {
  let thaw = () => {};
  let frozen: Promise<void> = Promise.resolve();
  return {
    pool: {
      query: async (...query: [string, unknown[]]) => {
        await frozen;
        return await pool.query(...query);
      },
    } as unknown as Pool,
    freeze: () => {
      frozen = new Promise((resolve) => {
        thaw = resolve;
      });
    },
    thaw: () => thaw(),
    pass: () => frozen,
  };
}
