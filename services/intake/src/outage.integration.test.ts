import { administration } from '@ringback/administration';
import { type Running, runServices } from '@ringback/service-kit';
import {
  type Cluster,
  createHttpClient,
  eventually,
  type HttpClient,
  startCluster,
} from '@ringback/test-kit';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { intake } from './index.ts';

const key = 'a-key-for-the-outage-test';
let cluster: Cluster;
let running: Running;
let client: HttpClient;

beforeAll(async () => {
  cluster = await startCluster({ durable: true });
  const environment = { DATABASE_URL: cluster.url(), PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  running = await runServices([administration, intake], { name: 'intake', environment });
  client = createHttpClient(running.url, key);
});
afterAll(async () => {
  await running?.stop();
  await cluster?.destroy();
});

it('answers 503 while the database is away, is not ready, and loses nothing that it acknowledged', async () => {
  const before = await client.post('/v1/tickets', { subject: 'before' });
  expect(before.status).toBe(201);
  await cluster.stopServer();
  const during = await client.post('/v1/tickets', { subject: 'during' }, { 'idempotency-key': 'during' });
  expect(during).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect(during.headers.get('retry-after')).toBe('2');
  expect((await client.get('/health/ready')).status).toBe(503);
  expect((await client.get('/health/live')).status).toBe(200);
  await cluster.startServer();
  await eventually(async () => expect((await client.get('/health/ready')).status).toBe(200));
  const repeated = await client.post('/v1/tickets', { subject: 'during' }, { 'idempotency-key': 'during' });
  expect(repeated.status).toBe(201);
  expect((await client.post(`/v1/tickets/${before.body.id}/acknowledge`)).body.version).toBe(2);
});

it('answers everything while the database is frozen, and goes on when it is thawed', async () => {
  const open = (subject: string, key: string) =>
    client.post('/v1/tickets', { subject }, { 'idempotency-key': key });
  const list = () => Promise.all(Array.from({ length: 10 }, () => client.get('/v1/customers')));
  const before = await open('before', 'frozen-before');
  // Connections that are there already when it freezes.
  await list();
  await cluster.freeze();
  try {
    for (const { status } of await list()) expect(status).toBe(503);
    const commands = await Promise.all(
      Array.from({ length: 40 }, (_, nth) => open('during', `frozen-${nth}`)),
    );
    for (const { status, body } of commands) expect([status, body.code]).toEqual([503, 'unavailable']);
    const reads = await Promise.all(
      Array.from({ length: 30 }, () => client.post(`/v1/tickets/${before.body.id}/note`, { text: 'x' })),
    );
    for (const { status, headers } of reads) expect([status, headers.get('retry-after')]).toEqual([503, '2']);

    const ready = await client.get('/health/ready');
    expect(ready.status).toBe(503);
    const database = ready.body.checks.find(({ name }: { name: string }) => name === 'database');
    expect(database).toEqual({ name: 'database', ok: false, detail: 'does not answer' });
    expect((await client.get('/health/live')).status).toBe(200);
    const { status, body: metrics } = await client.get('/metrics');
    expect(status).toBe(200);
    expect(metrics).toContain('process_cpu_seconds_total');
    expect(metrics).toMatch(/^ringback_database_up 0$/m);
    expect(metrics).not.toMatch(/^ringback_subscription_lag_seconds\{/m);
  } finally {
    cluster.thaw();
  }
  await eventually(async () => expect((await client.get('/health/ready')).status).toBe(200));
  // Whether or not an append reached the disk before its caller was told to try again: there is one ticket for each key.
  const repeated = await Promise.all(Array.from({ length: 40 }, (_, nth) => open('during', `frozen-${nth}`)));
  expect(new Set(repeated.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(40);
  const again = await Promise.all(Array.from({ length: 40 }, (_, nth) => open('during', `frozen-${nth}`)));
  expect(again.map(({ body }) => body.id)).toEqual(repeated.map(({ body }) => body.id));
  expect((await client.get('/metrics')).body).toMatch(/^ringback_database_up 1$/m);
});

it('keeps every acknowledged command once when the postmaster is killed under load', async () => {
  const acknowledged = new Map<string, string>();
  let isRunning = true;
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let turn = 0; isRunning; turn += 1) {
      const key = `killed-${writer}-${turn}`;
      const { status, body } = await client.post('/v1/tickets', { subject: key }, { 'idempotency-key': key });
      if (status === 201) acknowledged.set(key, body.id);
    }
  });
  const written = Promise.all(writers);
  for (let round = 0; round < 2; round += 1) {
    const before = acknowledged.size;
    await eventually(() => acknowledged.size > before + 20);
    await cluster.kill();
    await cluster.startServer();
  }
  const before = acknowledged.size;
  await eventually(() => acknowledged.size > before);
  isRunning = false;
  await written;
  for (const [key, id] of acknowledged) {
    const { body } = await client.post('/v1/tickets', { subject: key }, { 'idempotency-key': key });
    expect(body.id).toBe(id);
  }
  const reader = new pg.Client({ connectionString: cluster.url() });
  await reader.connect();
  const { rows } = await reader.query(
    `select data->>'subject' as subject from log.events where type = 'TicketOpened'
     group by 1 having count(*) > 1 and data->>'subject' like 'killed-%'`,
  );
  await reader.end();
  expect(rows).toEqual([]);
});
