import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { LocalServerError } from './errors.ts';

// Below every system's range for outgoing connections. From that range the system may give the port to a client
// while the server is down, even to the very client that tries to reconnect, which then talks to itself.
const lowest = 20_000;
const highest = 30_000;

/** A free port of 127.0.0.1 that no outgoing connection takes while nothing listens on it. */
export async function stablePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
  throw new LocalServerError(`no free port between ${lowest} and ${highest}: stop what listens there`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });
}
