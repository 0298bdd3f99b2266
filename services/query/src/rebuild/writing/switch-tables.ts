import type { PoolClient } from 'pg';
import { subscriptionName } from '../../projection/projection.ts';
import { type CatchUpOptions, catchUp } from '../catch-up.ts';
import { isLockTimeout } from '../errors.ts';
import { parkWhatWaits, readParked, releaseParked } from '../reading/parked.ts';
import { readModels } from './read-models.ts';
import { letAutovacuum, secondSchema } from './second-set.ts';

export interface SwitchOptions extends CatchUpOptions {
  /** Whether tickets that were parked have been tried again. */
  replayParked: boolean;
}

/** Others wait behind us while we wait for a lock: at first no longer than anybody notices. */
const lockMilliseconds = [100, 100, 200, 500, 2_000];
const locked = readModels.map(({ table }) => `query.${table.name}`).toReversed();

/**
 * Puts the second set in the place of the first, inside the transaction of `lock`: both stand at the position of the
 * checkpoint, which is held meanwhile. Where the second set is ahead, the checkpoint is moved to it, as by a faster
 * instance of the projection. Returns the position; null when somebody reads the first set for too long: try again.
 */
export async function switchTables(
  lock: PoolClient,
  attempt: number,
  from: number,
  options: SwitchOptions,
): Promise<number | null> {
  await lock.query('savepoint before_the_switch');
  try {
    const checkpoint = await holdCheckpoint(lock);
    const position = Math.max(checkpoint, from);
    const parked = options.replayParked ? new Map<string, number>() : await readParked(lock);
    await catchUp(lock, { from, until: position, parked }, options);
    const patience = lockMilliseconds[Math.min(attempt, lockMilliseconds.length - 1)];
    await lock.query(`set local lock_timeout = ${patience}`);
    await lock.query(`lock table ${locked.join()} in access exclusive mode`);
    await letAutovacuum(lock);
    for (const { table } of readModels) {
      await lock.query(`drop table query.${table.name}`);
      await lock.query(`alter table ${secondSchema}.${table.name} set schema query`);
    }
    if (options.replayParked) await releaseParked(lock);
    await parkWhatWaits(lock, options.failed.values(), { after: checkpoint, until: position });
    await lock.query('update query.checkpoints set position = $2 where subscription = $1', [
      subscriptionName,
      position,
    ]);
    await lock.query(`drop schema ${secondSchema}`);
    return position;
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    await lock.query('rollback to savepoint before_the_switch');
    return null;
  }
}

async function holdCheckpoint(lock: PoolClient): Promise<number> {
  await lock.query(
    'insert into query.checkpoints (subscription, position) values ($1, 0) on conflict do nothing',
    [subscriptionName],
  );
  const { rows } = await lock.query<{ position: string }>(
    'select position from query.checkpoints where subscription = $1 for update',
    [subscriptionName],
  );
  return Number(rows[0]?.position);
}
