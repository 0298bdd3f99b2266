import type { Pool } from 'pg';
import { isTransientFault } from '../errors.ts';
import type { SubscriptionOptions } from '../port.ts';
import { readPage, upcast } from '../read/reader.ts';
import { inTransaction } from '../transaction.ts';
import type { Upcasters } from '../upcasters.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { Parking } from './parking.ts';

export interface ReplayOptions {
  pool: Pool;
  upcasters: Upcasters;
  checkpoint: Checkpoint;
  parking: Parking;
  handle: SubscriptionOptions['handle'];
}

/** Processes a parked stream's events again, in order, each in a transaction of its own; stops at one that fails. */
export async function replay(
  streamId: string,
  options: ReplayOptions,
): Promise<{ replayed: number; remaining: number }> {
  let replayed = 0;
  for (;;) {
    const outcome = await replayNext(streamId, options);
    if (outcome === 'done') return { replayed, remaining: 0 };
    if (outcome !== 'replayed') return { replayed, remaining: outcome.remaining };
    replayed += 1;
  }
}

async function replayNext(
  streamId: string,
  { pool, upcasters, checkpoint, parking, handle }: ReplayOptions,
): Promise<'done' | 'replayed' | { remaining: number }> {
  let at = 0;
  let remaining = 0;
  try {
    return await inTransaction(pool, async (transaction) => {
      await checkpoint.hold(transaction);
      const positions = await parking.positions(transaction, streamId);
      remaining = positions.length;
      if (positions[0] === undefined) return 'done';
      at = positions[0];
      const { events } = await readPage(pool, { after: at - 1, limit: 1 });
      const event = events[0];
      if (event !== undefined) await handle([upcast(event, upcasters)], transaction);
      await parking.release(transaction, at);
      return 'replayed';
    });
  } catch (error) {
    if (isTransientFault(error)) throw error;
    await parking.blame(at, error instanceof Error ? error.message : String(error));
    return { remaining };
  }
}
