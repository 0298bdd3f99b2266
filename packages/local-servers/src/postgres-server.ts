import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Account } from './account.ts';
import type { Binaries } from './binaries.ts';
import { serverEnvironment } from './environment.ts';
import { LocalServerError } from './errors.ts';
import { spawnGuarded } from './guarded-process.ts';
import { stopLeftover } from './leftover.ts';

export interface PostgresOptions {
  folder: string;
  port: number;
  user: string;
  password: string;
  account: Account | null;
  binaries: Binaries;
  /** PostgreSQL's own settings. */
  settings?: { [name: string]: string };
}

/** A PostgreSQL that is a child of this process: it stops cleanly when this process is gone, however that ended. */
export interface PostgresServer {
  /** Resolves when it has ended, for whatever reason, with what it wrote last. */
  readonly ended: Promise<string>;
  /** The fast shutdown: open transactions are rolled back, everything committed is on disk. */
  stop(): Promise<void>;
}

const keptLines = 20;
const pollMilliseconds = 25;
const connectMilliseconds = 2_000;
const stopMilliseconds = 10_000;

/**
 * Starts PostgreSQL on 127.0.0.1 and waits until it answers, however long it recovers.
 *
 * @throws {LocalServerError} it ended instead; with its last lines. Or another server answers, or refuses the password.
 */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { folder, port, account, binaries, settings = {} } = options;
  const lines: string[] = [];
  const parameters = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    ...settings,
  };
  const child = spawnGuarded(
    [
      binaries.postgres,
      '-D',
      folder,
      ...Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      environment: serverEnvironment(),
      account,
      lastSignal: 'INT',
      onLine: (line) => {
        if (noise.test(line)) return;
        lines.push(line);
        if (lines.length > keptLines) lines.shift();
      },
    },
  );
  let hasEnded = false;
  const ended = child.ended.then((code) => {
    hasEnded = true;
    return `exit code ${code ?? 'unknown'}\n${lines.join('\n')}`.trim();
  });
  const stop = async () => {
    child.signal('INT');
    const result = await Promise.race([ended, sleep(stopMilliseconds, null, { ref: false })]);
    if (result === null) await stopLeftover(folder);
    await ended;
  };
  try {
    while (!(await answers(options))) {
      if (hasEnded) throw new LocalServerError(`PostgreSQL did not start on ${folder}: ${await ended}`);
      await sleep(pollMilliseconds);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { ended, stop };
}

/** What it says to whoever connects while it recovers. */
const noise = /FATAL: {2}the database system is |DETAIL: {2}Consistent recovery state/;
/** Starting up, shutting down, or short of something that may come back. */
const notYet = /^(57P|53|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE)/;

/** False while it does not listen or still recovers. */
async function answers({ port, user, password, folder }: PostgresOptions): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user,
    password,
    database: 'postgres',
    connectionTimeoutMillis: connectMilliseconds,
  });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined || notYet.test(code)) return false;
    throw new LocalServerError(`PostgreSQL on the data in ${folder} refuses us: ${message}`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}
