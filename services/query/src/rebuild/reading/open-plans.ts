import { createDirectory, type Directory } from '@ringback/directory';
import { createEventLog, type EventLog } from '@ringback/event-log';
import type { Pool } from 'pg';
import { RebuildStuck } from '../errors.ts';

export interface Plans {
  directory: Directory;
  close(): Promise<void>;
}

const patienceMilliseconds = 60_000;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * The catalogs, calendars and contracts that tickets are judged by, as the query service projects them; an instance of
 * its own, so that it holds what was recorded up to a position also while no service runs. `remember`: contracts are
 * read once, for who folds no further than `until`. Throws `RebuildStuck`.
 */
export async function openPlans(
  pool: Pool,
  until: number,
  { remember }: { remember: boolean },
): Promise<Plans> {
  const log = createEventLog({ pool, notifications: false });
  const directory = createDirectory({
    log: remember ? rememberingStreams(log) : log,
    pool,
    schema: 'query',
    logger: quiet,
  });
  await directory.start();
  const plans = {
    directory,
    close: async () => {
      await directory.stop();
      await log.close();
    },
  };
  if (await directory.whenProcessed(until, patienceMilliseconds)) return plans;
  await plans.close();
  throw new RebuildStuck(`The administration of schema query does not come to position ${until}`);
}

/**
 * A contract's stream is asked for by each ticket that it did not cover. What is appended to it while its tickets are
 * folded lies after the position that they are folded up to.
 */
function rememberingStreams(log: EventLog): EventLog {
  const known = new Map<string, ReturnType<EventLog['readStream']>>();
  return {
    ...log,
    readStream(stream, range) {
      const before = known.get(stream.id);
      if (before !== undefined) return before;
      const read = log.readStream(stream, range);
      known.set(stream.id, read);
      return read;
    },
  };
}
