import { isTransientFault } from '@ringback/event-log';

/** Runs work with the same key one after another, in the order it was requested; different keys do not wait. */
export interface TicketQueue {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Concurrent commands on one ticket would all decide on the same version, and all but one would fail. In this queue each
 * decides on the result of the one before; only another process can still be faster. A transient fault of the database
 * also rejects the commands that wait behind the one that met it.
 */
export function createTicketQueue(): TicketQueue {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, work) {
      const before = tails.get(key) ?? Promise.resolve();
      const mine = before.then(work, (error: unknown) => {
        // It waited five seconds for a database that does not answer; those behind it must not do so in turn.
        if (isTransientFault(error)) throw error;
        return work();
      });
      tails.set(key, mine);
      const leave = () => {
        if (tails.get(key) === mine) tails.delete(key);
      };
      mine.then(leave, leave);
      return mine;
    },
  };
}
