import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createHttpClient,
  createTestDatabase,
  describeWithBroker,
  eventually,
  freePort,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const key = 'a-key-for-the-processes-test';
const patient = { timeout: 90_000, interval: 100 };

interface Running {
  process: ChildProcess;
  output(): string;
}

/** A command as the README has it: its variables, the script of package.json, and what follows. */
async function run(line: string, environment: Record<string, string>): Promise<Running> {
  const [, variables = '', name = '', rest = ''] =
    line.match(/^((?:\w+=\S+ )*)npx -y pnpm@[\d.]+ (\w+) ?(.*)$/) ?? [];
  const { scripts } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'));
  const script = String(scripts[name])
    .replace(/^node /, '')
    .split(' ');
  const said = Object.fromEntries(
    variables
      .trim()
      .split(' ')
      .filter((each) => each !== '')
      .map((each) => each.split('=') as [string, string]),
  );
  const child = spawn(process.execPath, [...script, ...rest.split(' ').filter((each) => each !== '')], {
    cwd: root,
    env: { ...process.env, ...said, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return { process: child, output: () => output };
}

describeWithBroker('the README’s processes', () => {
  let database: TestDatabase;
  let folder: string;
  const started: Running[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'ringback-processes-'));
  });
  afterAll(async () => {
    for (const { process: child } of started.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'close');
    }
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  });

  it('take a ticket in at one and show it at another, over a Kafka without containers', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const block = readme.match(/```sh\n(npx -y pnpm@[\d.]+ kafka\n[\s\S]*?)```/)?.[1] ?? '';
    const [kafkaLine = '', ...serviceLines] = block.trim().split('\n');
    const kafkaPort = String(await freePort());
    const kafka = await run(kafkaLine, { KAFKA_PORT: kafkaPort, DATA_DIR: folder });
    started.push(kafka);
    await eventually(() => expect(kafka.output()).toContain(`KAFKA_BROKERS=127.0.0.1:${kafkaPort}`), patient);

    const urls = new Map<string, string>();
    for (const line of serviceLines) {
      expect(line).toContain('KAFKA_BROKERS=127.0.0.1:9092');
      const port = String(await freePort());
      const service = await run(line, {
        DATABASE_URL: database.url,
        BOOTSTRAP_API_KEY: key,
        KAFKA_BROKERS: `127.0.0.1:${kafkaPort}`,
        PORT: port,
        LOG_LEVEL: 'warn',
      });
      started.push(service);
      const url = `http://127.0.0.1:${port}`;
      urls.set(line.split(' ').at(-1) ?? '', url);
      await eventually(async () => {
        expect([service.process.exitCode, service.output()]).toEqual([null, service.output()]);
        expect((await fetch(`${url}/health/ready`)).status).toBe(200);
      }, patient);
    }
    expect([...urls.keys()]).toEqual([
      'administration',
      'billing',
      'intake',
      'sla-timer',
      'notification',
      'query',
    ]);
    const intake = createHttpClient(urls.get('intake') ?? '', key);
    const query = createHttpClient(urls.get('query') ?? '', key);
    const { status, body } = await intake.post('/v1/tickets', { subject: 'No dial tone' });
    expect(status).toBe(201);
    await eventually(async () => {
      const { items } = (await query.get('/v1/tickets')).body;
      expect(items.map(({ id }: { id: string }) => id)).toEqual([body.id]);
    }, patient);

    kafka.process.kill('SIGINT');
    const [code] = await once(kafka.process, 'close');
    expect([code, kafka.output().includes('Stopping Kafka.')]).toEqual([0, true]);
  });

  it('says what is wrong with a port', async () => {
    const kafka = await run('npx -y pnpm@0 kafka', { KAFKA_PORT: 'many', DATA_DIR: folder });
    const [code] = await once(kafka.process, 'close');
    expect([code, kafka.output()]).toEqual([1, expect.stringContaining('KAFKA_PORT')]);
  });
});
