export interface Wake {
  wake(): void;
  /** Resolves at the next wake-up, at once if there was one since the last wait, or after `timeout` milliseconds. */
  wait(timeout: number): Promise<void>;
}

/** A wake-up that arrives between two waits is kept for the next one. */
export function createWake(): Wake {
  let pending = false;
  let release: (() => void) | null = null;
  return {
    wake: () => {
      pending = true;
      release?.();
    },
    wait: (timeout) =>
      new Promise((resolve) => {
        const go = () => {
          clearTimeout(timer);
          release = null;
          pending = false;
          resolve();
        };
        const timer = setTimeout(go, timeout);
        release = go;
        if (pending) go();
      }),
  };
}
