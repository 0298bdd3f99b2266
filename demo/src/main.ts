import { watchLaunchers } from '@ringback/service-kit';
import { readArguments } from '@ringback/service-kit/command-line';
import { playDay } from './day.ts';
import { openServer } from './server.ts';

const usage = `pnpm demo

Plays a telephone provider's day in a minute, on a server of its own with data that are removed afterwards, or on the one
at RINGBACK_URL with the key in RINGBACK_API_KEY.`;

async function run(): Promise<void> {
  await watchLaunchers(() => process.exit(1));
  const server = await openServer();
  try {
    await playDay(server, (text) => process.stdout.write(text));
  } finally {
    await server.stop();
  }
}

if (readArguments({ usage }) !== null) {
  await run().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
