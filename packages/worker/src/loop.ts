import { setTimeout as delay } from 'node:timers/promises';
import { type BackOff, pauseAfter } from './back-off.ts';
import { createWake } from './wake.ts';

export interface LoopOptions {
  /** One turn. Resolves with the milliseconds to wait before the next; 0 starts it at once. */
  turn(): Promise<number>;
  backOff: BackOff;
  /** `failures`: how many turns in a row have failed, this one included. */
  onError(error: unknown, failures: number): void;
  /** After the first turn that succeeds again. */
  onRecovered?(): void;
  /** Milliseconds to wait after each wait, so that one turn handles everything that arrives together. */
  gather?(): number;
}

export interface Loop {
  /** Takes the first turn after `wait` milliseconds (default 0). Resolves after that turn, whether or not it failed. */
  start(wait?: number): Promise<void>;
  /** Ends the current wait; during a turn, the next turn follows without a wait. */
  wake(): void;
  readonly stopping: boolean;
  /** Resolves once the current turn has ended; no turn starts afterwards. */
  stop(): Promise<void>;
}

/**
 * Runs turns one after the other until it is stopped. A turn that fails is followed by a pause that grows with each
 * failure. A wake-up shortens that pause, because it may announce that the fault is over, but never below half of
 * `backOff.first`: frequent wake-ups must not turn a fault into a busy loop.
 */
export function createLoop({ turn, backOff, onError, onRecovered, gather }: LoopOptions): Loop {
  const wake = createWake();
  const stopped = new AbortController();
  let running: Promise<void> = Promise.resolve();
  let failures = 0;

  const sleep = (milliseconds: number) =>
    delay(milliseconds, undefined, { signal: stopped.signal }).catch(() => {});

  async function run(wait: number, onFirst: () => void): Promise<void> {
    if (wait > 0) await rest(wait);
    while (!stopped.signal.aborted) {
      const next = await takeTurn();
      onFirst();
      if (stopped.signal.aborted) break;
      if (next === null) await pause();
      else if (next > 0) await rest(next);
    }
    onFirst();
  }

  /** Null: it failed. */
  async function takeTurn(): Promise<number | null> {
    try {
      const next = await turn();
      if (failures > 0) onRecovered?.();
      failures = 0;
      return next;
    } catch (error) {
      failures += 1;
      onError(error, failures);
      return null;
    }
  }

  async function rest(milliseconds: number): Promise<void> {
    await wake.wait(milliseconds);
    const gathering = gather?.() ?? 0;
    if (gathering > 0 && !stopped.signal.aborted) await sleep(gathering);
  }

  async function pause(): Promise<void> {
    const milliseconds = pauseAfter(failures, backOff);
    const shortest = Math.min(milliseconds, backOff.first / 2);
    await sleep(shortest);
    if (!stopped.signal.aborted) await wake.wait(milliseconds - shortest);
  }

  return {
    start(wait = 0) {
      const first = Promise.withResolvers<void>();
      running = run(wait, first.resolve);
      return first.promise;
    },
    wake: wake.wake,
    get stopping() {
      return stopped.signal.aborted;
    },
    async stop() {
      stopped.abort();
      wake.wake();
      await running;
    },
  };
}
