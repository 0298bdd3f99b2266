import { join } from 'node:path';
import { findServerProcesses, postmasterOf } from '@ringback/local-servers';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  createServerProcesses,
  kill,
  type ServerProcess,
  type ServerProcesses,
} from '../testing/server-process.ts';

const kills = 3;
const writers = 8;

let processes: ServerProcesses;
let server: ServerProcess;
let folder: string;

beforeAll(async () => {
  processes = await createServerProcesses();
  server = await processes.start({ LOG_LEVEL: 'info' });
  folder = join(processes.dataDirectory, 'postgres');
});
afterAll(() => processes.destroy());

const open = (key: string) => server.client.post('/v1/tickets', { subject: key }, { 'idempotency-key': key });
const count = (text: string) => server.output().split(text).length - 1;

it('the product keeps every acknowledged command once when its PostgreSQL is killed under load', {
  timeout: 120_000,
}, async () => {
  const acknowledged = new Map<string, string>();
  let isRunning = true;
  const load = Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (let turn = 0; isRunning; turn += 1) {
        const key = `${writer}/${turn}`;
        const { status, body } = await open(key);
        if (status === 201) acknowledged.set(key, body.id);
        else expect([status, body.code]).toEqual([503, 'unavailable']);
      }
    }),
  );
  for (let round = 1; round <= kills; round += 1) {
    const before = acknowledged.size;
    await eventually(() => acknowledged.size > before + 50);
    process.kill((await postmasterOf(folder)) as number, 'SIGKILL');
    await eventually(() => count('the embedded PostgreSQL runs again') === round, { timeout: 30_000 });
  }
  const before = acknowledged.size;
  await eventually(() => acknowledged.size > before);
  isRunning = false;
  await load;
  for (const [key, id] of acknowledged) expect((await open(key)).body.id).toBe(id);
  const { position } = (await server.client.post('/v1/tickets', { subject: 'last' })).body;
  expect(position).not.toBe(0);
  const listed = new Map<string, number>();
  for (let path: string | null = '/v1/tickets?limit=100'; path !== null; ) {
    const { status, body } = await server.client.get(path);
    expect(status).toBe(200);
    for (const { subject } of body.items) listed.set(subject, (listed.get(subject) ?? 0) + 1);
    path = body.next === null ? null : `/v1/tickets?limit=100&cursor=${body.next}`;
  }
  for (const key of acknowledged.keys()) expect([key, listed.get(key)]).toEqual([key, 1]);
  expect(count('the embedded PostgreSQL ended')).toBe(kills);
});

it('the product answers everything while its PostgreSQL is frozen, and goes on when it is thawed', {
  timeout: 120_000,
}, async () => {
  const { body: ticket } = await open('before');
  const routes = [
    '/v1/tickets',
    '/v1/tickets?q=before',
    `/v1/tickets/${ticket.id}`,
    `/v1/tickets/${ticket.id}/events`,
    `/v1/tickets/${ticket.id}/clocks`,
    '/v1/queue',
    '/v1/deadlines?within=PT24H',
    '/v1/breaches',
    '/v1/attainment',
    '/v1/customers',
    '/v1/deliveries',
    '/v1/notifications',
    '/v1/parked-streams/query',
  ];
  const frozen = await findServerProcesses(folder);
  for (const pid of frozen) process.kill(pid, 'SIGSTOP');
  try {
    const answers = await Promise.all([
      ...Array.from({ length: 3 }, () => routes)
        .flat()
        .map((route) => server.client.get(route)),
      ...Array.from({ length: 20 }, (_, nth) => open(`frozen-${nth}`)),
    ]);
    for (const { status, body } of answers) expect([200, 503], JSON.stringify(body)).toContain(status);
    expect(answers.filter(({ status }) => status === 503).length).toBeGreaterThan(20);
    expect((await server.client.get('/health/ready')).status).toBe(503);
    expect((await server.client.get('/health/live')).status).toBe(200);
    expect((await server.client.get('/metrics')).body).toMatch(/^ringback_database_up 0$/m);
  } finally {
    for (const pid of frozen) process.kill(pid, 'SIGCONT');
  }
  await eventually(async () => expect((await server.client.get('/health/ready')).status).toBe(200));
  for (let nth = 0; nth < 20; nth += 1) expect((await open(`frozen-${nth}`)).status).toBe(201);
  for (const route of routes) expect([route, (await server.client.get(route)).status]).toEqual([route, 200]);
  // Frozen is not dead: it was not started again.
  expect(count('the embedded PostgreSQL ended')).toBe(kills);
});

it('a signal stops the product while its PostgreSQL is down', async () => {
  process.kill((await postmasterOf(folder)) as number, 'SIGKILL');
  expect(await kill(server.process, 'SIGTERM')).toBe(0);
  expect(await findServerProcesses(folder)).toEqual([]);
});
