import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createServerProcesses,
  kill,
  type ServerProcess,
  type ServerProcesses,
} from '../testing/server-process.ts';

const script = fileURLToPath(new URL('../../../../scripts/backup.ts', import.meta.url));
const run = promisify(execFile);
let processes: ServerProcesses;
let server: ServerProcess;
let folder: string;

beforeEach(async () => {
  processes = await createServerProcesses();
  folder = await mkdtemp(join(tmpdir(), 'ringback-backup-'));
  // As root, PostgreSQL runs as another user.
  await chmod(folder, 0o755);
});
afterEach(async () => {
  await processes.destroy();
  await rm(folder, { recursive: true, force: true });
});

const runScript = (name: string, target: string, dataDirectory: string, environment = {}) =>
  run(process.execPath, [script, name, target], {
    env: { ...process.env, DATA_DIR: dataDirectory, ...environment },
  });

/** Opens tickets until it is stopped; the ids of those that were acknowledged, in order. */
function keepOpening({ client }: ServerProcess) {
  const acknowledged: string[] = [];
  let isStopped = false;
  const writers = Array.from({ length: 8 }, async () => {
    while (!isStopped) {
      const { status, body } = await client.post('/v1/tickets', { subject: 'Noise on line 3' });
      expect(status).toBe(201);
      acknowledged.push(body.id);
    }
  });
  return {
    acknowledged,
    async stop() {
      isStopped = true;
      await Promise.all(writers);
    },
  };
}

async function restoreInto(
  name: string,
  backup: string,
): Promise<{ restored: ServerProcess; directory: string }> {
  const directory = join(folder, name);
  await runScript('restore', backup, directory);
  return { restored: await processes.start({ DATA_DIR: directory }), directory };
}

describe('A backup', () => {
  it('of a running server holds everything that was acknowledged before it began', async () => {
    server = await processes.start();
    const load = keepOpening(server);
    while (load.acknowledged.length < 300) await new Promise((resolve) => setTimeout(resolve, 10));
    const before = [...load.acknowledged];
    const { stdout } = await runScript('backup', join(folder, 'copy'), processes.dataDirectory);
    expect(stdout).toContain('copied while it ran');
    await load.stop();
    expect(load.acknowledged.length).toBeGreaterThan(before.length);
    await kill(server.process, 'SIGKILL');

    const { restored } = await restoreInto('restored', join(folder, 'copy'));
    for (const id of before) expect((await restored.client.get(`/v1/tickets/${id}`)).status).toBe(200);
    const opened = await restored.client.post('/v1/tickets', { subject: 'After the restore' });
    expect(opened.status).toBe(201);
    // Dense positions: what was recorded after the backup is gone, and nothing else.
    const { body } = await restored.client.get(`/v1/tickets/${opened.body.id}/events`);
    const { body: last } = await restored.client.get(`/v1/tickets?limit=2`);
    expect(last.items[0].id).toBe(opened.body.id);
    expect(body.items[0].position).toBeGreaterThan(before.length);
  });

  it('of a stopped server is a copy of its files', async () => {
    server = await processes.start();
    const { body: ticket } = await server.client.post('/v1/tickets', { subject: 'Before' });
    await kill(server.process, 'SIGTERM');
    const { stdout } = await runScript('backup', join(folder, 'copy'), processes.dataDirectory);
    expect(stdout).toContain('copied while it was stopped');
    const { restored } = await restoreInto('restored', join(folder, 'copy'));
    expect((await restored.client.get(`/v1/tickets/${ticket.id}`)).body).toMatchObject({
      reference: ticket.reference,
      version: 1,
    });
  });

  it('never overwrites what is there', async () => {
    await mkdir(join(folder, 'full', 'something'), { recursive: true });
    // What a data directory is known by.
    await mkdir(join(processes.dataDirectory, 'postgres'));
    await writeFile(join(processes.dataDirectory, 'postgres', 'PG_VERSION'), '18\n');
    for (const [name, target, directory] of [
      ['backup', join(folder, 'full'), processes.dataDirectory],
      ['backup', join(processes.dataDirectory, 'inside'), processes.dataDirectory],
      ['backup', join(folder, 'copy'), join(folder, 'full')],
      ['restore', join(folder, 'full'), join(folder, 'new')],
      ['restore', processes.dataDirectory, join(folder, 'full')],
    ] as const) {
      await expect(runScript(name, target, directory)).rejects.toMatchObject({ code: 1 });
    }
    expect(await readdir(folder)).toEqual(['full']);
  });

  it('says what is wrong with the configuration, without a stack trace', async () => {
    await expect(
      runScript('backup', join(folder, 'copy'), processes.dataDirectory, { PORT: 'x' }),
    ).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^The configuration is invalid:\n {2}PORT[^\n]*\n$/),
    });
  });
});
