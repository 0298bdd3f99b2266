import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { spawnGuarded } from './guarded-process.ts';

const until = (check: () => boolean) => vi.waitFor(() => expect(check()).toBe(true), 15_000);

const sleeper = ['sh', '-c', 'echo $$; exec sleep 600'];

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0);
  } catch {
    return false;
  }
}

async function startSleeper(command = sleeper) {
  const lines: string[] = [];
  const guarded = spawnGuarded(command, {
    environment: process.env,
    onLine: (line) => lines.push(line),
  });
  await until(() => lines.length > 0);
  return { guarded, processId: Number(lines[0]) };
}

it('passes signals on, and the exit code back', async () => {
  const { guarded, processId } = await startSleeper();
  expect(isAlive(processId)).toBe(true);
  guarded.signal('TERM');
  expect(await guarded.ended).toBe(128 + 15);
  expect(isAlive(processId)).toBe(false);
});

it('kills what does not heed', async () => {
  const { guarded, processId } = await startSleeper([
    'sh',
    '-c',
    "trap '' TERM; echo $$; while :; do sleep 1; done",
  ]);
  guarded.signal('TERM');
  guarded.signal('KILL');
  expect(await guarded.ended).toBe(128 + 9);
  expect(isAlive(processId)).toBe(false);
});

it('reports that a program is not there, and takes signals after the end', async () => {
  const guarded = spawnGuarded(['/no/such/program'], { environment: process.env, onLine: () => {} });
  expect(await guarded.ended).toBe(127);
  guarded.signal('KILL');
});

it('kills the program when its parent is killed and can do nothing any more', async () => {
  const source = fileURLToPath(new URL('guarded-process.ts', import.meta.url));
  const program = `
    import { spawnGuarded } from ${JSON.stringify(source)};
    spawnGuarded(${JSON.stringify(sleeper)}, {
      environment: process.env,
      onLine: (line) => process.stdout.write(line + '\\n'),
    });
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const processId = Number(String(line));
  expect(isAlive(processId)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !isAlive(processId));
});

it('kills the program when its guard is killed', async () => {
  const { guarded, processId } = await startSleeper();
  const { stdout } = await promisify(execFile)('ps', ['-o', 'ppid=', '-p', String(processId)]);
  process.kill(Number(stdout), 'SIGKILL');
  expect(await guarded.ended).toBeNull();
  await until(() => !isAlive(processId));
});

it('gives the program the last signal that was chosen when its parent is killed', async () => {
  const source = fileURLToPath(new URL('guarded-process.ts', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'ringback-guard-'));
  const command = [
    'sh',
    '-c',
    `trap 'echo > ${folder}/asked; exit' TERM; echo $$; while :; do sleep 0.1; done`,
  ];
  const program = `
    import { spawnGuarded } from ${JSON.stringify(source)};
    spawnGuarded(${JSON.stringify(command)}, {
      environment: process.env,
      lastSignal: 'TERM',
      onLine: (line) => process.stdout.write(line + '\\n'),
    });
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  parent.kill('SIGKILL');
  await until(() => !isAlive(Number(String(line))));
  expect(await readdir(folder)).toEqual(['asked']);
  await rm(folder, { recursive: true });
});
