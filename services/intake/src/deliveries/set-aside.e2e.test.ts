import { fileURLToPath } from 'node:url';
import {
  createHttpClient,
  createTestDatabase,
  eventually,
  type HttpClient,
  type OwnServer,
  startOwnServer,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { storeDelivery } from './delivery-store.ts';

const main = fileURLToPath(new URL('../testing/hostile-process.ts', import.meta.url));
const key = 'a-key-for-the-hostile-tests';
/** Several processes, one after another. */
const patient = { timeout: 180_000 };

let database: TestDatabase;
let webhook: string;
let integrationId: string;
const servers: OwnServer[] = [];

/** Resolves once the process is ready, or has ended before it was. */
async function start(): Promise<OwnServer & { client: HttpClient }> {
  const environment = { DATABASE_URL: database.url, BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  const server = await startOwnServer({ main, environment, mayEnd: true });
  servers.push(server);
  return { ...server, client: createHttpClient(server.url, key) };
}

async function call(client: HttpClient, callId: string): Promise<void> {
  const body = { event: 'newCall', callId, from: 'anonymous', direction: 'in' };
  expect((await client.as(null).post(webhook, body)).status).toBe(200);
}

/** As a process that has ended since has stored it. */
async function store(callId: string): Promise<void> {
  const body = Buffer.from(JSON.stringify({ event: 'newCall', callId, from: 'anonymous' }));
  await storeDelivery(database.pool, integrationId, 'zammad-cti', { contentType: null, query: '', body });
}

async function deliveryOf(callId: string) {
  const { rows } = await database.pool.query(
    `select id::int, state, attempts, unfinished, detail from intake.deliveries
     where convert_from(body, 'UTF8')::jsonb->>'callId' = $1`,
    [callId],
  );
  return rows[0];
}

const isDone = async (callId: string) => expect((await deliveryOf(callId))?.state).toBe('done');
const hasTicket = async (callId: string) => {
  const { rowCount } = await database.pool.query(
    `select from log.events where type = 'TicketOpened' and data->'call'->>'callId' = $1`,
    [callId],
  );
  expect(rowCount).toBe(1);
};

beforeAll(async () => {
  database = await createTestDatabase();
  const server = await start();
  const integration = {
    adapter: 'zammad-cti',
    name: 'PBX',
    defaultCountry: 'DE',
    timeZone: 'Europe/Berlin',
    catalog: 'cat-levels',
  };
  const made = await server.client.post('/v1/integrations', integration);
  webhook = new URL(made.body.webhookUrl).pathname;
  integrationId = made.body.id;
  server.process.kill('SIGTERM');
  await server.exit;
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => database.drop());

it(
  'A delivery that ends the process three times is set aside, and those around it are interpreted',
  patient,
  async () => {
    const healthy = ['before', 'after-1', 'after-2'];
    for (const callId of ['before', 'poison-1', 'after-1', 'after-2']) await store(callId);
    for (let death = 1; death <= 3; death += 1) {
      const again = await start();
      await again.exit;
      expect(await deliveryOf('poison-1')).toMatchObject({ state: 'pending', unfinished: death });
    }

    const last = await start();
    await eventually(async () => expect((await deliveryOf('poison-1'))?.state).toBe('failed'));
    await eventually(async () => {
      for (const callId of healthy) {
        await isDone(callId);
        await hasTicket(callId);
      }
    });
    const { body } = await last.client.get('/v1/deliveries?state=failed');
    expect(body.items).toMatchObject([{ attempts: 3, detail: 'interpreting it ended the process 3 times' }]);
    expect((await last.client.get('/metrics')).body).toContain('ringback_intake_deliveries_set_aside 1\n');

    // A replay is one more try: when that ends the process too, the next start sets it aside again.
    await last.client.post(`/v1/deliveries/${body.items[0].id}/replay`);
    await last.exit;
    const healed = await start();
    await eventually(async () => expect((await deliveryOf('poison-1'))?.state).toBe('failed'));
    await call(healed.client, 'after-3');
    await eventually(() => isDone('after-3'));
  },
);

it(
  'A shutdown in the middle of a batch of deliveries does not count as an end of the process',
  patient,
  async () => {
    for (const callId of ['slow-1', 'behind-1', 'behind-2']) await store(callId);
    const server = await start();
    await eventually(async () => {
      for (const callId of ['slow-1', 'behind-1', 'behind-2'])
        expect(await deliveryOf(callId)).toMatchObject({ attempts: 1, unfinished: 1 });
    });
    server.process.kill('SIGTERM');
    await server.exit;
    await isDone('slow-1');
    for (const callId of ['behind-1', 'behind-2'])
      expect(await deliveryOf(callId)).toMatchObject({ state: 'pending', attempts: 0, unfinished: 0 });
    await start();
    await eventually(() => Promise.all(['behind-1', 'behind-2'].map(isDone)));
  },
);

it(
  'A database connection that is lost in the middle of a delivery does not count as an end of the process',
  patient,
  async () => {
    const server = await start();
    await call(server.client, 'severed-1');
    await eventually(() => isDone('severed-1'));
    expect(await deliveryOf('severed-1')).toMatchObject({ attempts: 1, unfinished: 0 });
    await hasTicket('severed-1');
    expect(server.ended()).toBe(null);
  },
);
