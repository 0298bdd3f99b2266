import { fileURLToPath } from 'node:url';
import { eventually, type OwnServer, startOwnServer } from '@ringback/test-kit';
import { type HostileTarget, prepareHostileTarget, sendHostileRequest } from '@ringback/test-kit/hostile';
import { afterAll, beforeAll, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const key = 'a-key-for-the-hostile-requests';
const sentAtOnce = 4;

let server: OwnServer;
let target: HostileTarget;
beforeAll(async () => {
  server = await startOwnServer({ main, environment: { BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'error' } });
  target = await prepareHostileTarget(server.url, key);
});
afterAll(() => server?.stop());

/** What a caller is at fault for, or what it may ask again in a moment: never a fault of the server. */
const isExpected = (status: number) => status < 500 || status === 503;

it('One process answers every hostile request, and handles the honest ones sent at the same time.', {
  timeout: 300_000,
}, async () => {
  const statuses: [name: string, status: number][] = [];
  const calls: string[] = [];
  for (const request of target.requests) {
    const sent = Array.from({ length: Math.min(request.concurrent, sentAtOnce) }, (_, nth) =>
      sendHostileRequest(request, nth, { url: server.url, key }),
    );
    calls.push(await target.workHonestly(calls.length));
    for (const status of await Promise.all(sent)) statuses.push([request.name, status]);
    const live = await fetch(`${server.url}/health/live`);
    expect([request.name, live.status, server.process.exitCode]).toEqual([request.name, 200, null]);
  }
  expect(statuses.length).toBeGreaterThan(target.requests.length);
  expect(statuses.filter(([, status]) => !isExpected(status))).toEqual([]);
  await eventually(async () => {
    const { body } = await target.client.get('/v1/deliveries?state=pending');
    expect(body.items).toEqual([]);
  });
  await eventually(async () => {
    const { body } = await target.client.get('/v1/tickets?limit=200');
    const callers = body.items.map(({ caller }: { caller: { e164: string } | null }) => caller?.e164);
    expect(callers).toEqual(expect.arrayContaining(calls));
  });
});
