import { fileURLToPath } from 'node:url';
import { createTestDatabase, type OwnServer, startOwnServer, type TestDatabase } from '@ringback/test-kit';
import {
  describeFinding,
  type SeededServer,
  seedServer,
  type WalkOptions,
  type WalkReport,
  walkRoutes,
} from '@ringback/test-kit/route-walk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const key = 'a-key-for-the-walk-of-routes';
/** `pnpm fuzz routes --seed` draws others; this one is the gate's. */
const seed = 20_260_301;
const count = 20;
/** Nothing is parked or given up on this server, so that nothing can be tried again. */
const neverAccepted = /(?:parked-streams|stuck-timers)\/.*\/replay$|notifications\/\{id\}\/replay$/;

let database: TestDatabase;
let server: OwnServer;
let seeded: SeededServer;
let report: WalkReport;
beforeAll(async () => {
  database = await createTestDatabase();
  const environment = {
    DATABASE_URL: database.url,
    BOOTSTRAP_API_KEY: key,
    ALLOW_PRIVATE_WEBHOOKS: 'true',
    LOG_LEVEL: 'error',
  };
  server = await startOwnServer({ main, environment });
  seeded = await seedServer(server.url, key);
  const described = await fetch(`${server.url}/openapi.json`);
  const description = (await described.json()) as WalkOptions['description'];
  const { keys, known } = seeded;
  report = await walkRoutes({ url: server.url, description, keys, known, seed, count });
}, 300_000);
afterAll(async () => {
  await server?.stop();
  await database?.drop();
});

describe(`a walk of /openapi.json with seed ${seed}`, () => {
  it('gets from every operation what the description says, whatever it sends, and no server error', () => {
    expect(report.findings.map(describeFinding)).toEqual([]);
    expect(report.requests).toBeGreaterThan(count * report.accepted.size * 0.8);
  });

  it('reaches what lies behind validation: every operation succeeds for a plain request', () => {
    const refused = [...report.accepted]
      .filter(([, statuses]) => ![...statuses.keys()].some((status) => status < 300))
      .map(([operation]) => operation)
      .filter((operation) => !neverAccepted.test(operation));
    expect(refused).toEqual([]);
  });

  it('leaves a server that lives, is ready, and still opens tickets', async () => {
    expect(server.process.exitCode).toBeNull();
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
    const opened = await fetch(`${server.url}/v1/tickets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ customerId: 'corner-bakery', subject: 'After the walk' }),
    });
    expect(opened.status).toBe(201);
  });
});
