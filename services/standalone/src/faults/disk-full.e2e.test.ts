import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, rmdir, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, type HttpClient } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createServerProcesses, kill, type ServerProcesses } from '../testing/server-process.ts';

const run = promisify(execFile);
/** PostgreSQL's data take about 40 MB at first. */
const diskSize = '128m';
const leftFree = 3 * 2 ** 20;

let disk: string;
let isMounted: boolean;
let processes: ServerProcesses;

beforeEach(async () => {
  processes = await createServerProcesses();
  disk = await mkdtemp(join(tmpdir(), 'ringback-disk-'));
  isMounted = await run('mount', ['-t', 'tmpfs', '-o', `size=${diskSize}`, 'tmpfs', disk]).then(
    () => true,
    () => false,
  );
  if (isMounted) await chmod(disk, 0o711);
});
afterEach(async () => {
  await processes.destroy();
  if (isMounted) await eventually(() => run('umount', [disk]));
  await rmdir(disk);
});

const ballast = () => join(disk, 'ballast');

async function fill(leave: number): Promise<void> {
  const { bavail, bsize } = await statfs(disk);
  await writeFile(ballast(), Buffer.alloc(bavail * bsize - leave)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
  });
}

async function databaseCheck(client: HttpClient) {
  const { status, body } = await client.get('/health/ready');
  return { status, ...body.checks.find(({ name }: { name: string }) => name === 'database') };
}

it('a full disk is answered with 503 and not ready, parks nothing, and is over when there is space again', {
  timeout: 240_000,
}, async ({ skip }) => {
  if (!isMounted) skip('NOT TESTED: a small disk cannot be mounted here; run as root');
  const server = await processes.start({ DATA_DIR: disk });
  const { client } = server;
  const integration = await client.post('/v1/integrations', {
    adapter: 'zammad-cti',
    name: 'PBX',
    defaultCountry: 'DE',
    timeZone: 'Europe/Berlin',
  });
  const acknowledged = new Map<string, string>();
  const refusals: { status: number; retryAfter: string | null }[] = [];
  const open = (key: string) =>
    client.post('/v1/tickets', { subject: key, description: key.repeat(400) }, { 'idempotency-key': key });
  await open('first').then(({ body }) => acknowledged.set('first', body.id));

  // At first PostgreSQL itself goes on and refuses what needs space.
  await fill(0);
  for (let nth = 0; refusals.length < 5; nth += 1) {
    const { status, body, headers } = await open(`full/${nth}`);
    if (status === 201) acknowledged.set(`full/${nth}`, body.id);
    else refusals.push({ status, retryAfter: headers.get('retry-after') });
  }
  expect(await databaseCheck(client)).toMatchObject({ status: 503, ok: false, detail: 'disk full' });
  await rm(ballast());
  await eventually(async () => expect((await databaseCheck(client)).status).toBe(200));

  // Then it ends, because it cannot write its log.
  await fill(leftFree);
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    for (let turn = 0; refusals.length < 45; turn += 1) {
      const key = `${writer}/${turn}`;
      const { status, body, headers } = await open(key);
      if (status === 201) acknowledged.set(key, body.id);
      else refusals.push({ status, retryAfter: headers.get('retry-after') });
    }
  });
  await Promise.all(writers);
  await fill(0);
  for (const refusal of refusals) expect(refusal).toEqual({ status: 503, retryAfter: '2' });
  const call = { event: 'newCall', callId: 'c', direction: 'in', from: '493023125741', to: '492214710334' };
  expect((await client.as(null).post(integration.body.webhookUrl, call)).status).toBe(503);
  await eventually(async () =>
    expect(await databaseCheck(client)).toMatchObject({
      status: 503,
      ok: false,
      detail: expect.stringContaining('disk full'),
    }),
  );
  expect((await client.get('/health/live')).status).toBe(200);
  expect((await client.get('/metrics')).body).toMatch(/^ringback_data_directory_free_bytes \d+$/m);

  await rm(ballast());
  await eventually(async () => expect((await databaseCheck(client)).status).toBe(200), { timeout: 60_000 });
  for (const [key, id] of acknowledged) expect((await open(key)).body.id).toBe(id);
  for (const service of ['administration', 'billing', 'intake', 'sla-timer', 'notification', 'query']) {
    expect((await client.get(`/v1/parked-streams/${service}`)).body.items).toEqual([]);
  }
  const { body } = await client.get('/v1/tickets?limit=1');
  expect(body.items).toHaveLength(1);
  expect((await client.as(null).post(integration.body.webhookUrl, call)).status).toBe(200);
  expect(server.output()).toContain('almost full');
  expect(server.output().split('\n').length).toBeLessThan(200);
  expect(await kill(server.process, 'SIGTERM')).toBe(0);
});
