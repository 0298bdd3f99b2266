import { inTransaction, isTransientFault } from '@ringback/event-log';
import type { Pool, PoolClient } from 'pg';
import type { Due } from '../due.ts';
import type { Fired, Kind } from '../kind.ts';

/**
 * A kind's `fire` for effects on tables of the same database: each item is deleted in the transaction of its effect, so
 * the effect happens exactly once, whatever happens to the process, its lease or the connection. An effect that rejects
 * is rolled back, and tried again later.
 */
export function fireInTransaction(
  pool: Pool,
  effect: (transaction: PoolClient, due: Due) => Promise<void>,
): Kind['fire'] {
  return async (dues, firing) => {
    const failed: NonNullable<Fired['failed']> = [];
    for (const due of dues) {
      try {
        await inTransaction(pool, async (transaction) => {
          if (await firing.claim(transaction, due)) await effect(transaction, due);
        });
      } catch (error) {
        if (isTransientFault(error)) throw error;
        failed.push({ due, error });
      }
    }
    return { failed };
  };
}
