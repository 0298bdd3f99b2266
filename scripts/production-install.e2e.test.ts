import { execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringback-production-'));
  // As root, PostgreSQL runs as another user.
  await chmod(folder, 0o755);
  const { stdout } = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  for (const file of stdout.split('\0').filter((name) => name !== '')) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await copyFile(join(root, file), join(folder, file)).catch((error: NodeJS.ErrnoException) => {
      // A file that was removed and not committed yet.
      if (error.code !== 'ENOENT') throw error;
    });
  }
  await pnpm('install', '--prod', '--frozen-lockfile', '--prefer-offline');
}, 300_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

const pnpm = (...args: string[]) =>
  run('npx', ['-y', 'pnpm@10.34.8', ...args], { cwd: folder, env: { ...process.env, CI: 'true' } });

it('An install without development packages holds none of them, and starts', async () => {
  const installed = await readdir(join(folder, 'node_modules', '.pnpm'));
  for (const name of ['vitest@', 'typescript@', 'testcontainers@', '@biomejs+biome@', 'autocannon@']) {
    expect(installed.filter((each) => each.startsWith(name))).toEqual([]);
  }
  const port = await freePort();
  const child = spawn(
    join(folder, 'node_modules/.bin/node'),
    [join(folder, 'services/standalone/src/main.ts')],
    {
      env: { ...process.env, DATABASE_URL: '', DATA_DIR: join(folder, '.data'), PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  try {
    await eventually(
      async () => {
        if (child.exitCode !== null) throw new Error(`the server ended: ${output}`);
        return (await fetch(`http://127.0.0.1:${port}/health/ready`)).status === 200;
      },
      { timeout: 60_000, interval: 100 },
    );
  } finally {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
});
