import { createWake, pauseAfter } from '@ringback/worker';
import { LocalServerError } from './errors.ts';

/** A server that runs. */
export interface RunningServer {
  /** Resolves when it has ended, for whatever reason, with what is known of it. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export interface SupervisorOptions {
  /** Names the server in errors. */
  name: string;
  start(): Promise<RunningServer>;
  /** A failed start that is tried for as long as it takes, such as on a full disk. */
  isTransient(error: Error): boolean;
  /** Told once when it has ended by itself, before it is started again. */
  onDown(reason: string): void;
  /** Told for each start that failed while it is down. */
  onRetry(error: Error): void;
  /** Told when it runs again. */
  onUp(downMilliseconds: number): void;
}

export interface SupervisedServer {
  /** Resolves when the server cannot be kept running; it is not started again. Else never. */
  readonly gaveUp: Promise<Error>;
  stop(): Promise<void>;
}

const maximumFailures = 10;
const settledAfterMilliseconds = 60_000;
const backOff = { first: 100, longest: 5_000 };

/**
 * Starts a server, and starts it again with growing pauses whenever it ends by itself. Gives up after ten failures in a
 * row: starts that fail, and runs of less than a minute. Rejects when the first start fails.
 */
export async function supervise(options: SupervisorOptions): Promise<SupervisedServer> {
  const { name, start, isTransient, onDown, onRetry, onUp } = options;
  const wake = createWake();
  let isStopping = false;
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<Error>();
  let server: RunningServer | null = await start();
  const watching = watch(server);

  async function watch(first: RunningServer): Promise<void> {
    let running = first;
    let failures = 0;
    while (true) {
      const startedAt = performance.now();
      const reason = await running.ended;
      if (isStopping) return;
      const endedAt = performance.now();
      server = null;
      if (endedAt - startedAt > settledAfterMilliseconds) failures = 0;
      onDown(reason);
      const again = await restart(failures, reason);
      if (again === null) return;
      // It came up while we were told to stop.
      if (isStopping) return await again.server.stop();
      failures = again.failures;
      running = again.server;
      server = running;
      onUp(performance.now() - endedAt);
    }
  }

  async function restart(
    before: number,
    reason: string,
  ): Promise<{ server: RunningServer; failures: number } | null> {
    let last = reason;
    for (let failures = before; failures < maximumFailures; ) {
      await wake.wait(pauseAfter(failures + 1, backOff));
      if (isStopping) return null;
      try {
        return { server: await start(), failures: failures + 1 };
      } catch (error) {
        const fault = error instanceof Error ? error : new Error(String(error));
        last = fault.message;
        onRetry(fault);
        failures = isTransient(fault) ? Math.min(failures + 1, maximumFailures - 1) : failures + 1;
      }
    }
    giveUp(new LocalServerError(`${name} cannot be kept running: ${last}`));
    return null;
  }

  return {
    gaveUp,
    async stop() {
      isStopping = true;
      wake.wake();
      await server?.stop();
      await watching;
    },
  };
}
