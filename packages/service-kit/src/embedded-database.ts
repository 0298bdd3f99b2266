import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { EmbeddedServerMessage, EmbeddedServerOptions } from './embedded-server.ts';

export interface EmbeddedDatabase {
  url: string;
  stop(): Promise<void>;
}

/** The data directory is in use, or is not ours. */
class DataDirectoryRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'DataDirectoryRefused';
  }
}

const user = 'ringback';
const database = 'ringback';
const stopMilliseconds = 10_000;

/**
 * PostgreSQL 18 inside the product, its data in `<directory>/postgres`: made at first start, kept afterwards, durable.
 * A second start on the same data is refused with `DataDirectoryRefused`. After a crash of everything the server that
 * may have been left behind is stopped and the data recovered from its log.
 */
export async function startEmbeddedDatabase(
  dataDirectory: string,
  logger: Logger,
): Promise<EmbeddedDatabase> {
  const directory = resolve(dataDirectory);
  await mkdir(directory, { recursive: true });
  const release = await takeLock(directory);
  try {
    const folder = join(directory, 'postgres');
    const isNew = await isEmpty(folder);
    if (!isNew && (await readText(join(folder, 'PG_VERSION'))) === null) {
      throw new DataDirectoryRefused(
        `${folder} holds something else than our PostgreSQL data; set DATA_DIR elsewhere.`,
      );
    }
    if (process.getuid?.() === 0) await openPath(directory);
    await stopLeftover(folder, logger);
    const password = await readPassword(directory);
    const port = await freePort();
    const child = await startServer({ folder, port, user, password, database, isNew });
    child.once('exit', (code) => {
      if (child.connected) logger.error({ code }, 'the embedded PostgreSQL ended');
    });
    return {
      url: `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
      stop: async () => {
        await stopServer(child);
        await release();
      },
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** A file with our process id; one whose process lives no more is taken over. */
async function takeLock(directory: string): Promise<() => Promise<void>> {
  const file = join(directory, 'ringback.pid');
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await writeFile(file, String(process.pid), { flag: 'wx' });
      return () => rm(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readText(file));
    if (isAlive(owner) && owner !== process.pid) {
      throw new DataDirectoryRefused(
        `Ringback runs on ${directory} already (process ${owner}). Stop it, or set DATA_DIR to another directory.`,
      );
    }
    await rm(file, { force: true });
  }
  throw new DataDirectoryRefused(`${file} cannot be taken; is another Ringback starting?`);
}

/** After `kill -9` of our process PostgreSQL may still run: two on the same data would be the end of it. */
async function stopLeftover(folder: string, logger: Logger): Promise<void> {
  const pid = Number((await readText(join(folder, 'postmaster.pid')))?.split('\n')[0]);
  if (!isAlive(pid) || !(await isPostgres(pid))) return;
  logger.warn({ pid }, 'a PostgreSQL of an earlier run is still there; stopping it');
  process.kill(pid, 'SIGINT');
  const until = performance.now() + stopMilliseconds;
  while (isAlive(pid)) {
    if (performance.now() > until)
      throw new DataDirectoryRefused(`PostgreSQL (process ${pid}) does not stop.`);
    await new Promise((wait) => setTimeout(wait, 50));
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Process ids are used again: only a PostgreSQL may be stopped. Where that cannot be seen, PostgreSQL itself decides. */
async function isPostgres(pid: number): Promise<boolean> {
  const command = await readText(`/proc/${pid}/comm`);
  return command !== null && command.trim() === 'postgres';
}

function startServer(options: EmbeddedServerOptions): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('./embedded-server.ts', import.meta.url)), {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (message: EmbeddedServerMessage) => {
      if (message.kind === 'ready') resolve(child);
      else reject(new Error(`The embedded PostgreSQL did not start: ${message.message}`));
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error('The embedded PostgreSQL ended while it was starting.')));
    child.send(options);
  });
}

/** Asks by hanging up: the same way in which the server notices that we are gone. */
function stopServer(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.disconnect();
  });
}

async function readPassword(directory: string): Promise<string> {
  const file = join(directory, 'postgres-password');
  const known = await readText(file);
  if (known !== null) return known.trim();
  const made = randomBytes(24).toString('base64url');
  await writeFile(file, made, { mode: 0o600 });
  return made;
}

/** PostgreSQL refuses to run as root; its own user must be able to walk down to the data. */
async function openPath(directory: string): Promise<void> {
  for (let path = directory; path !== dirname(path); path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) await chmod(path, mode | 0o011);
  }
}

async function isEmpty(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length === 0;
}

async function readText(file: string): Promise<string | null> {
  return await readFile(file, 'utf8').catch(() => null);
}

function freePort(): Promise<number> {
  return new Promise((found, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
