import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { spawnGuarded } from './guarded-process.ts';

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
  const guarded = spawnGuarded(command, process.env, (line) => lines.push(line));
  await eventually(() => lines.length > 0);
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
  const guarded = spawnGuarded(['/no/such/program'], process.env, () => {});
  expect(await guarded.ended).toBe(127);
  guarded.signal('KILL');
});

it('kills the program when its parent is killed and can do nothing any more', async () => {
  const source = fileURLToPath(new URL('guarded-process.ts', import.meta.url));
  const program = `
    import { spawnGuarded } from ${JSON.stringify(source)};
    spawnGuarded(${JSON.stringify(sleeper)}, process.env, (line) => process.stdout.write(line + '\\n'));
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(parent.stdout, 'data');
  const processId = Number(String(line));
  expect(isAlive(processId)).toBe(true);
  parent.kill('SIGKILL');
  await eventually(() => !isAlive(processId));
});
