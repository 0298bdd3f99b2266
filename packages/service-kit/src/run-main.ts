import { ConfigurationInvalid } from './configuration.ts';
import type { Running } from './run-services.ts';

const lastChanceMilliseconds = 15_000;

/**
 * The life of a process: starts, waits for SIGINT or SIGTERM, drains and ends. A second signal ends at once. What goes
 * wrong at the start is one readable message and exit code 1.
 */
export async function runMain(
  start: () => Promise<Running>,
  onReady?: (running: Running) => void,
): Promise<void> {
  let running: Running | null = null;
  let stopping = false;
  const stop = async (code: number) => {
    if (stopping) return process.exit(code === 0 ? 130 : code);
    stopping = true;
    setTimeout(() => process.exit(1), lastChanceMilliseconds).unref();
    await running?.stop();
    process.exit(code);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));
  process.on('uncaughtException', (error) => {
    running?.logger.fatal({ err: error }, 'an error that nobody handled');
    void stop(1);
  });
  try {
    running = await start();
    onReady?.(running);
    const error = await running.failed;
    process.stderr.write(`${error.message}\n`);
    await stop(1);
  } catch (error) {
    const known = error instanceof ConfigurationInvalid || error instanceof Error;
    process.stderr.write(`${known ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
