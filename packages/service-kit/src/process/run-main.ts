import { readArguments } from '../command-line/index.ts';
import type { Running } from './run-services.ts';
import { watchLaunchers } from './watch-launchers.ts';

const lastChanceMilliseconds = 15_000;

/**
 * The life of a process: starts, waits for SIGINT, SIGTERM, or the end of the package manager that started it, drains
 * and ends. A second signal ends at once. What goes wrong is one readable message on standard error, whatever
 * `LOG_LEVEL` says, and exit code 1. `usage` is shown for `--help`; other arguments are refused.
 */
export async function runMain(
  usage: string,
  start: () => Promise<Running>,
  onReady?: (running: Running) => void | Promise<void>,
): Promise<void> {
  if (readArguments({ usage }) === null) return;
  let running: Running | null = null;
  let stopping = false;
  const stop = async (code: number) => {
    stopping = true;
    setTimeout(() => process.exit(1), lastChanceMilliseconds).unref();
    await running?.stop();
    process.exit(code);
  };
  const fail = (message: string) => {
    process.stderr.write(`${message}\n`);
    return stopping ? process.exit(1) : stop(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (stopping ? process.exit(130) : void stop(0)));
  }
  // A reader of ours that is gone, as in `… | head`: there is nowhere left to write to, and the work goes on.
  for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
  process.on('uncaughtException', (error, origin) => {
    running?.logger.fatal({ err: error, origin }, 'an unhandled error');
    void fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  });
  // On Ctrl-C the shells end before us: that is not a second signal.
  await watchLaunchers(() => void (stopping || stop(0)));
  try {
    running = await start();
    running.logger.info({ url: running.url }, 'ready');
    await onReady?.(running);
    const error = await running.failed;
    await fail(error.message);
  } catch (error) {
    await fail(error instanceof Error ? error.message : String(error));
  }
}
