/** A thread of the rebuild: folds the shares that it is given and copies their rows into the second set. */
import { parentPort, workerData } from 'node:worker_threads';
import { createUpcasters, inTransaction } from '@ringback/event-log';
import { createLogger, createPool } from '@ringback/service-kit';
import { loadShare } from './load-share.ts';
import { openPlans } from './open-plans.ts';
import { readShare, type Share } from './shares.ts';

const { databaseUrl, until, parked } = workerData as {
  databaseUrl: string;
  until: number;
  parked: ReadonlyMap<string, number>;
};
const pool = createPool(databaseUrl, 'rebuild', createLogger('warn', 'rebuild'), 4);
const { administration } = await openPlans(pool, until, { remember: true });
const upcasters = createUpcasters();

async function load(share: Share): Promise<void> {
  const lines = await readShare(share);
  const fold = { administration, upcasters, parked };
  parentPort?.postMessage(
    await inTransaction(pool, async (transaction) => {
      // The switch, which waits for the disk, makes everything before it durable.
      await transaction.query('set local synchronous_commit = off');
      return await loadShare(lines, transaction, fold);
    }),
  );
}

parentPort?.on('message', (share: Share) => {
  // Thrown out of a handler it ends the thread, and the rebuild with it.
  load(share).catch((error: unknown) =>
    setImmediate(() => {
      throw error;
    }),
  );
});
parentPort?.postMessage('ready');
