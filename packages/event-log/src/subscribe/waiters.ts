export interface Waiters {
  wait(position: number, timeout: number): Promise<boolean>;
  reached(position: number): void;
  giveUp(): void;
  /** Whether anybody waits. */
  any(): boolean;
}

/** Those who wait for a position to be processed. */
export function createWaiters(): Waiters {
  const waiting = new Set<{ position: number; settle(reached: boolean): void }>();
  return {
    wait: (position, timeout) =>
      new Promise((resolve) => {
        const waiter = {
          position,
          settle: (reached: boolean) => {
            clearTimeout(timer);
            waiting.delete(waiter);
            resolve(reached);
          },
        };
        const timer = setTimeout(() => waiter.settle(false), timeout);
        waiting.add(waiter);
      }),
    reached: (position) => {
      if (waiting.size === 0) return;
      for (const waiter of waiting) if (waiter.position <= position) waiter.settle(true);
    },
    giveUp: () => {
      for (const waiter of waiting) waiter.settle(false);
    },
    any: () => waiting.size > 0,
  };
}
