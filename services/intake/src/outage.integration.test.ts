import { type Running, runServices } from '@ringback/service-kit';
import {
  type Cluster,
  createHttpClient,
  eventually,
  type HttpClient,
  startCluster,
} from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { intake } from './index.ts';

const key = 'a-key-for-the-outage-test';
let cluster: Cluster;
let running: Running;
let client: HttpClient;

beforeAll(async () => {
  cluster = await startCluster({ durable: true });
  const environment = { DATABASE_URL: cluster.url(), PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  running = await runServices([intake], { name: 'intake', environment });
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
