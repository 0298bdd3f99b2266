import { fileURLToPath } from 'node:url';
import { startOwnServer } from '@ringback/test-kit';
import { describeFinding, seedServer, type WalkOptions, walkRoutes } from '@ringback/test-kit/route-walk';
import type { Fuzz } from './fuzz.ts';

const main = fileURLToPath(new URL('../../services/standalone/src/main.ts', import.meta.url));
const key = 'a-key-for-the-fuzz-of-routes';
const defaultCount = 200;

/** Walks `/openapi.json` of a server of its own; `cases` is the number of requests for each operation. */
export const fuzz: Fuzz = async ({ seed, cases, write }) => {
  write(`seed ${seed}`);
  const environment = { BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'error', ALLOW_PRIVATE_WEBHOOKS: 'true' };
  const server = await startOwnServer({ main, environment });
  try {
    const description = (await (
      await fetch(`${server.url}/openapi.json`)
    ).json()) as WalkOptions['description'];
    const { keys, known } = await seedServer(server.url, key);
    const { requests, findings } = await walkRoutes({
      url: server.url,
      description,
      keys,
      known,
      seed,
      count: cases ?? defaultCount,
      onOperation: ({ id }, statuses) => {
        const answered = [...statuses].sort().map(([status, times]) => `${times} × ${status}`);
        write(`${id}: ${answered.join(', ')}`);
      },
    });
    for (const finding of findings) write(`\n${describeFinding(finding)}`);
    const lives = server.process.exitCode === null && (await fetch(`${server.url}/health/ready`)).ok;
    if (!lives) write(`\nThe server is not ready afterwards:\n${server.output()}`);
    write(`\n${requests} requests, ${findings.length} findings`);
    return findings.length === 0 && lives;
  } finally {
    await server.stop();
  }
};
