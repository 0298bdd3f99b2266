import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Running, runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import {
  createHttpClient,
  createTestDatabase,
  eventually,
  type HttpClient,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const script = fileURLToPath(new URL('rebuild-read-models.ts', import.meta.url));
const standalone = fileURLToPath(new URL('../services/standalone/src/main.ts', import.meta.url));
const key = 'a-key-for-the-rebuild-test';

let database: TestDatabase;
let running: Running;
let client: HttpClient;
beforeAll(async () => {
  database = await createTestDatabase();
  const environment = { DATABASE_URL: database.url, PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  running = await runServices(services, {
    name: 'rebuild',
    environment: { ...environment, ALLOW_PRIVATE_WEBHOOKS: 'true' },
  });
  client = createHttpClient(running.url, key);
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
});

interface Outcome {
  code: number | null;
  output: string;
  errors: string;
}

async function run(command: string, args: string[], environment: NodeJS.ProcessEnv): Promise<Outcome> {
  const child = spawn(command, args, { env: { ...process.env, ...environment } });
  const outcome: Outcome = { code: null, output: '', errors: '' };
  child.stdout.on('data', (chunk: Buffer) => (outcome.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (outcome.errors += chunk.toString()));
  [outcome.code] = (await once(child, 'close')) as [number | null];
  return outcome;
}

const rebuild = (...args: string[]) =>
  run(process.execPath, [script, ...args], { DATABASE_URL: database.url });

const catalog = `
catalog: quick
name: Quick
timeZone: Europe/London
defaultPriority: normal
priorities: { normal: { name: Normal, rank: 1 } }
calendars:
  always:
    hours: { mon: &day [["00:00", "24:00"]], tue: *day, wed: *day, thu: *day, fri: *day, sat: *day, sun: *day }
plans:
  quick:
    name: Quick
    objectives: { normal: [{ metric: response, calendar: always, max: PT0.2S }] }
`;

/** A breach that a webhook has been told of. */
async function breach(url: string): Promise<void> {
  await client.put('/v1/catalogs/quick', catalog, { 'content-type': 'application/yaml' });
  await client.put('/v1/customers/bakery', { name: 'Bakery', contacts: [] });
  await client.put('/v1/contracts/bakery', { customerId: 'bakery', plan: 'quick/quick' });
  await client.post('/v1/subscriptions', { name: 'Portal', channel: 'webhook', url });
  await client.post('/v1/tickets', { customerId: 'bakery', subject: 'No dial tone' });
}

describe('pnpm rebuild-read-models', () => {
  it('rebuilds alongside running services, tells no one anything, and checks', async () => {
    let received = 0;
    const receiver = createServer((request, response) => {
      received += 1;
      request.resume();
      response.writeHead(204).end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const { port } = receiver.address() as { port: number };
    const everythingElse = async () => {
      const { rows } = await database.pool.query(
        `select query_to_xml('select * from notification.notifications', false, false, '')::text as notifications,
           query_to_xml('select * from notification.checkpoints', false, false, '')::text as checkpoints,
           query_to_xml('select * from sla_timer.deadlines', false, false, '')::text as deadlines,
           (select position from log.head) as head`,
      );
      return rows[0];
    };
    try {
      await breach(`http://127.0.0.1:${port}/hook`);
      await eventually(async () => {
        expect(received).toBe(1);
        const { body } = await client.get('/v1/notifications?state=delivered');
        expect(body.items).toHaveLength(1);
      });
      const before = await everythingElse();
      const rebuilt = await rebuild();
      expect(rebuilt).toMatchObject({ code: 0, errors: '' });
      expect(rebuilt.output).toMatch(/built 1 tickets from \d+ events in .* events\/s/);
      expect(rebuilt.output).toContain('The read models are those of position');
      const checked = await rebuild('--check', '--from', 'postgres');
      expect(checked).toMatchObject({ code: 0, errors: '' });
      expect(checked.output).toContain('The live read models are what the log says');
      expect((await client.get('/v1/breaches')).body.items).toHaveLength(1);
      expect(await everythingElse()).toEqual(before);
      expect(received).toBe(1);
    } finally {
      receiver.close();
    }
  });

  it('ends with 1 and names what differs', async () => {
    await client.post('/v1/tickets', { customerId: 'bakery', subject: 'Echo' });
    await client.get('/v1/tickets');
    await database.pool.query(`update query.tickets set assignee = 'mallory'`);
    const { code, output } = await rebuild('--check');
    expect(code).toBe(1);
    expect(output).toContain('live {"assignee":"mallory"}, by the log {"assignee":null}');
    expect(await rebuild()).toMatchObject({ code: 0 });
    expect(await rebuild('--check')).toMatchObject({ code: 0 });
  });

  it('ends with 2 for what it cannot do', async () => {
    expect(await rebuild('--colour')).toMatchObject({ code: 2, errors: expect.stringContaining('--colour') });
    const elsewhere = await rebuild('--from', 'tape');
    expect(elsewhere).toMatchObject({ code: 2, errors: expect.stringContaining('postgres, kafka') });
    const kafka = await rebuild('--from', 'kafka');
    expect(kafka).toMatchObject({ code: 2, errors: expect.stringContaining('KAFKA_BROKERS') });
  });

  it('says how to reach the data of pnpm start', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'ringback-embedded-'));
    const environment = { DATABASE_URL: '', DATA_DIR: directory, PORT: '0', LOG_LEVEL: 'warn' };
    const server = spawn(process.execPath, [standalone], { env: { ...process.env, ...environment } });
    try {
      let started = '';
      server.stdout.on('data', (chunk: Buffer) => (started += chunk.toString()));
      await eventually(() => expect(started).toContain('Ringback is ready'), { timeout: 60_000 });
      const { code, errors } = await run(process.execPath, [script], environment);
      expect(code).toBe(2);
      const command = errors.match(/^ {2}(DATABASE_URL=.*)$/m)?.[1] ?? '';
      expect(command).toContain('pnpm rebuild-read-models');
      const here = command.replace('pnpm rebuild-read-models', `'${process.execPath}' '${script}'`);
      expect(await run('bash', ['-c', here], environment)).toMatchObject({ code: 0, errors: '' });
    } finally {
      server.kill('SIGTERM');
      await once(server, 'exit');
      await rm(directory, { recursive: true, force: true });
    }
  });
});
