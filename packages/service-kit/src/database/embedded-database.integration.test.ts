import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServerProcesses, postmasterOf } from '@ringback/local-servers';
import { eventually } from '@ringback/test-kit';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../observability/logger.ts';
import { lockDirectory } from './directory-lock.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from './embedded-database.ts';

const logger = createLogger('silent', 'test');
let directory: string;
let running: EmbeddedDatabase | null;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ringback-data-'));
  running = null;
});
afterEach(async () => {
  await running?.stop();
  await rm(directory, { recursive: true, force: true });
});

async function start(path = directory): Promise<EmbeddedDatabase> {
  running = await startEmbeddedDatabase(path, logger);
  return running;
}

/** Once it answers: by a connection of its own. */
async function ask<T extends pg.QueryResultRow>(url: string, text: string): Promise<T[]> {
  return await eventually(async () => {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query<T>(text)).rows;
    } finally {
      await client.end();
    }
  });
}

describe('the embedded PostgreSQL', () => {
  it('comes back on the same port with everything committed when its postmaster is killed', async () => {
    const { url, folder } = await start();
    await ask(url, 'create table kept (value int)');
    for (const value of [1, 2]) {
      await ask(url, `insert into kept values (${value})`);
      // A child that computes does not look whether its postmaster lives.
      const busy = new pg.Client({ connectionString: url });
      busy.on('error', () => {});
      await busy.connect();
      const computing = busy.query('select count(*) from generate_series(1, 2000000000)').catch(() => {});
      const postmaster = await postmasterOf(folder);
      process.kill(postmaster as number, 'SIGKILL');
      await eventually(async () => expect(await postmasterOf(folder)).not.toBe(postmaster));
      await computing;
    }
    expect(await ask(url, 'select value from kept order by value')).toEqual([{ value: 1 }, { value: 2 }]);
  });

  it('comes back when its guard is killed', async () => {
    const { url, folder } = await start();
    await ask(url, 'create table kept (value int)');
    const postmaster = (await postmasterOf(folder)) as number;
    const status = await readFile(`/proc/${postmaster}/status`, 'utf8');
    process.kill(Number(/PPid:\s*(\d+)/.exec(status)?.[1]), 'SIGKILL');
    await eventually(async () => {
      const present = await postmasterOf(folder);
      expect(present).not.toBeNull();
      expect(present).not.toBe(postmaster);
    });
    expect(await ask(url, 'select * from kept')).toEqual([]);
  });

  it('says why it gives up when its data are gone', { timeout: 120_000 }, async () => {
    const database = await start();
    await rm(join(database.folder, 'global'), { recursive: true });
    process.kill((await postmasterOf(database.folder)) as number, 'SIGKILL');
    expect((await database.gaveUp).message).toContain('cannot be kept running');
  });

  it('lowers letters beyond ASCII and sorts by code point', async () => {
    const { url } = await start();
    const [row] = await ask(url, `select lower('KÖLN') as lower, 'Z' < 'a' as sorted`);
    expect(row).toEqual({ lower: 'köln', sorted: true });
  });

  it('stops with its parent, however that ends', async () => {
    const parent = await startInProcess(directory);
    const folder = join(directory, 'postgres');
    expect(await findServerProcesses(folder)).not.toEqual([]);
    parent.kill('SIGKILL');
    await eventually(async () => expect(await findServerProcesses(folder)).toEqual([]));
  });

  it('is stopped by the next start when parent and guard were killed at once', async () => {
    const parent = await startInProcess(directory);
    const folder = join(directory, 'postgres');
    const left = (await postmasterOf(folder)) as number;
    const guards = await childrenOf(parent.pid as number);
    for (const pid of [...guards, parent.pid as number]) process.kill(pid, 'SIGKILL');
    expect(await findServerProcesses(folder)).toContain(left);
    const { url } = await start();
    expect(await postmasterOf(folder)).not.toBe(left);
    expect(await ask(url, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});

describe('the lock of a data directory', () => {
  it('is held by one of several who take it at once', async () => {
    const taken = await Promise.allSettled(Array.from({ length: 5 }, () => lockDirectory(directory)));
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const reasons = taken.flatMap((each) => (each.status === 'rejected' ? [each.reason.message] : []));
    for (const reason of reasons) expect(reason).toContain(`already (process ${process.pid})`);
  });

  it('is free when its owner was killed, even as a zombie, and whoever has its number now', async () => {
    const source = new URL('directory-lock.ts', import.meta.url).href;
    const program = `
      import { lockDirectory } from ${JSON.stringify(source)};
      await lockDirectory(${JSON.stringify(directory)});
      process.stdout.write('taken');
      setInterval(() => {}, 1_000);`;
    // The shell never waits for its child: killed, that stays a zombie.
    const shell = spawn('sh', [
      '-c',
      '"$0" --input-type=module -e "$1" & exec sleep 600',
      process.execPath,
      program,
    ]);
    await new Promise((resolve) => shell.stdout.once('data', resolve));
    const owner = Number(await readFile(join(directory, 'ringback.pid'), 'utf8'));
    await expect(lockDirectory(directory)).rejects.toThrow(`process ${owner}`);
    process.kill(owner, 'SIGKILL');
    await eventually(async () => expect(await stateOf(owner)).toBe('Z'));
    // The leader of its threads is a zombie at once; the others hold files for a moment more.
    await (await eventually(() => lockDirectory(directory)))();
    expect(await stateOf(owner)).toBe('Z');
    shell.kill('SIGKILL');
    await writeFile(join(directory, 'ringback.pid'), String(process.ppid));
    await (await lockDirectory(directory))();
  });
});

describe('a data directory that cannot be used', () => {
  const refusals: [name: string, prepare: () => Promise<string>, message: RegExp][] = [
    ['that is a file', () => made('file'), /DATA_DIR: .*file cannot be created \(a file is in the way\)/],
    [
      'below a file',
      async () => join(await made('file'), 'deeper'),
      /DATA_DIR: .*deeper cannot be created \(a file is in the way\)/,
    ],
    ['below /proc', async () => '/proc/nope/deeper', /DATA_DIR: \/proc\/nope\/deeper cannot be created/],
    [
      'with files of others where PostgreSQL would be',
      async () => {
        await made('postgres/notes.txt');
        return directory;
      },
      /does not contain PostgreSQL's data. Set DATA_DIR/,
    ],
    [
      'with the data of another PostgreSQL',
      async () => {
        await made('postgres/PG_VERSION', '16\n');
        return directory;
      },
      /contains the data of PostgreSQL 16; this release runs PostgreSQL 18/,
    ],
  ];
  it.each(refusals)('%s is refused with what to do', async (_name, prepare, message) => {
    await expect(start(await prepare())).rejects.toThrow(message);
  });

  async function made(name: string, text = ''): Promise<string> {
    const path = join(directory, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text);
    return path;
  }
});

it.runIf(process.getuid?.() === 0)(
  'as root, opens no directory above the data, and refuses those that PostgreSQL cannot reach',
  async () => {
    const closed = join(directory, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await writeFile(join(closed, 'theirs'), '');
    const before = await modesAbove(closed);
    await expect(start(join(closed, 'data'))).rejects.toThrow(/cannot reach .*closed\/data. Set DATA_DIR/);
    await expect(start(closed)).rejects.toThrow(/cannot reach/);
    expect(await modesAbove(closed)).toEqual(before);
  },
);

async function modesAbove(path: string): Promise<[string, number][]> {
  const modes: [string, number][] = [];
  for (let each = path; each !== '/'; each = join(each, '..')) modes.push([each, (await stat(each)).mode]);
  return modes;
}

async function startInProcess(path: string): Promise<ChildProcess> {
  const program = `
    import { startEmbeddedDatabase } from ${JSON.stringify(new URL('embedded-database.ts', import.meta.url).href)};
    import { createLogger } from ${JSON.stringify(new URL('../observability/logger.ts', import.meta.url).href)};
    await startEmbeddedDatabase(${JSON.stringify(path)}, createLogger('silent', 'test'));
    process.stdout.write('ready');`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

async function stateOf(pid: number): Promise<string | undefined> {
  return /\) (\S)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1];
}

/** All below a process but PostgreSQL. */
async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.split(' ').filter(Boolean).map(Number);
  const comms = await Promise.all(children.map((each) => readFile(`/proc/${each}/comm`, 'utf8')));
  const shells = children.filter((_, index) => comms[index]?.trim() !== 'postgres');
  return [...shells, ...(await Promise.all(shells.map(childrenOf))).flat()];
}
