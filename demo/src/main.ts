import { playDay } from './day.ts';
import { openServer } from './server.ts';

try {
  const server = await openServer();
  try {
    await playDay(server, (text) => process.stdout.write(text));
  } finally {
    await server.stop();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
