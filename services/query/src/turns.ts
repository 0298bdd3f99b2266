/** Shares the event loop: long work runs in slices, and requests are answered in between. */
export interface Turns {
  /** Whether the current slice is used up; if so, await `next`. */
  isOver(): boolean;
  /** Resolves in a slice with time left, first come, first served. */
  next(): Promise<void>;
}

export function createTurns(sliceMilliseconds: number): Turns {
  let began = performance.now();
  let waiting: (() => void)[] = [];
  let isRunning = false;

  const isOver = () => performance.now() - began > sliceMilliseconds;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      const turn = waiting;
      waiting = [];
      for (const resolve of turn) {
        if (isOver()) {
          await new Promise((resume) => setImmediate(resume));
          began = performance.now();
        }
        resolve();
        // Lets the waiter run before the slice is checked again.
        await Promise.resolve();
      }
    }
    isRunning = false;
  }

  return {
    isOver,
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (!isRunning) void run();
      }),
  };
}
