import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually } from '@ringback/test-kit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
let directory: string;
let started: { command: ChildProcess; tree: Process[] } | null = null;

interface Process {
  pid: number;
  parent: number;
  command: string;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringback-command-'));
});
afterEach(() => {
  for (const { pid } of started?.tree ?? []) signal(pid, 'SIGKILL');
  started = null;
});
afterAll(async () => {
  await eventually(() => rm(directory, { recursive: true, force: true }), { timeout: 30_000, interval: 100 });
});

/** The README's command; resolves when it is ready, with all of its processes. */
async function start(): Promise<{ command: ChildProcess; tree: Process[] }> {
  const command = spawn('npx', ['-y', 'pnpm@10.34.8', 'start'], {
    cwd: root,
    env: { ...process.env, DATABASE_URL: '', DATA_DIR: directory, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [command.stdout, command.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  await eventually(
    () => {
      if (command.exitCode !== null) throw new Error(`it ended: ${output}`);
      return output.includes('ready at');
    },
    { timeout: 60_000, interval: 50 },
  );
  started = { command, tree: await descendants(command.pid as number) };
  return started;
}

async function descendants(top: number): Promise<Process[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const all = (await Promise.all(names.map((name) => readProcess(Number(name))))).flat();
  const tree = all.filter(({ pid }) => pid === top);
  for (const each of tree) tree.push(...all.filter(({ parent }) => parent === each.pid));
  return tree;
}

async function readProcess(pid: number): Promise<Process[]> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z'
      ? []
      : [{ pid, parent: Number(parent), command: command.replaceAll('\0', ' ').trim() }];
  } catch {
    return [];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

/** The processes of the tree whose command is like this, the topmost first. */
function find(tree: Process[], like: RegExp): number {
  const found = tree.find(({ command }) => like.test(command));
  if (found === undefined)
    throw new Error(`no ${like} among ${tree.map(({ command }) => command).join('\n')}`);
  return found.pid;
}

async function expectNothingLeft(tree: Process[]): Promise<void> {
  await eventually(
    async () => {
      const alive = (await Promise.all(tree.map(({ pid }) => readProcess(pid)))).flat();
      const same = alive.filter(({ pid, command }) =>
        tree.some((each) => each.pid === pid && each.command === command),
      );
      expect(same).toEqual([]);
    },
    { timeout: 30_000, interval: 50 },
  );
}

const server = /node services\/standalone\/|node scripts\/run\.js services\/standalone/;

describe.runIf(process.platform === 'linux')('no process is left of npx -y pnpm start', () => {
  const cases: [name: string, ends: (tree: Process[]) => [pid: number, name: NodeJS.Signals][]][] = [
    ['when npx gets SIGTERM', ([npx]) => [[npx?.pid ?? 0, 'SIGTERM']]],
    ['when npx is killed', ([npx]) => [[npx?.pid ?? 0, 'SIGKILL']]],
    ['when pnpm gets SIGTERM', (tree) => [[find(tree, /bin\/pnpm start/), 'SIGTERM']]],
    ['when pnpm is killed', (tree) => [[find(tree, /node \S*bin\/pnpm start/), 'SIGKILL']]],
    ['when the shell above the server is killed', (tree) => [[find(tree, /^sh -c node /), 'SIGKILL']]],
    ['when the server is killed', (tree) => [[lastOf(tree, server), 'SIGKILL']]],
    [
      'when the guard of PostgreSQL is killed, then the server',
      (tree) => [
        [find(tree, /^sh -c \s*last=/), 'SIGKILL'],
        [lastOf(tree, server), 'SIGKILL'],
      ],
    ],
    ['at Ctrl-C', (tree) => [[-(tree[0]?.pid ?? 0), 'SIGINT']]],
  ];
  it.each(cases)('%s', { timeout: 120_000 }, async (_name, ends) => {
    const { tree } = await start();
    expect(tree.some(({ command }) => command.includes('postgres -D'))).toBe(true);
    for (const [pid, name] of ends(tree)) process.kill(pid, name);
    await expectNothingLeft(tree);
  });
});

function lastOf(tree: Process[], like: RegExp): number {
  const found = tree.findLast(({ command }) => like.test(command));
  if (found === undefined) throw new Error(`no ${like}`);
  return found.pid;
}
