import { isTransientFault } from '@ringback/event-log';

/** Lets what has the same key run one after the other, in the order of asking; different keys do not wait. */
export interface Lanes {
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Commands on one ticket that come at once would all decide on the same version, and all but one in vain. In a lane
 * each decides on what the one before it left; only other processes can still be faster. What the
 * database cannot do for one is not tried for those that wait behind it: they are rejected with the same fault.
 */
export function createLanes(): Lanes {
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
