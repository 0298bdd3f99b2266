import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  findBinaries,
  initCluster,
  type PostgresServer,
  stablePort,
  startPostgres,
  stopLeftover,
  supervise,
} from '@ringback/local-servers';
import pg from 'pg';
import type { Logger } from 'pino';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import {
  embeddedDatabase,
  embeddedUrl,
  embeddedUser,
  makePassword,
  readPassword,
} from './embedded-address.ts';

/** PostgreSQL 18 inside the product. */
export interface EmbeddedDatabase {
  url: string;
  /** Where its data are. */
  folder: string;
  /** Resolves when PostgreSQL cannot be kept running, with why. Else never. */
  readonly gaveUp: Promise<Error>;
  stop(): Promise<void>;
}

const retryLogMilliseconds = 60_000;

/**
 * Starts PostgreSQL with its data in `<dataDirectory>/postgres`, made at first start, and keeps it running: when it
 * dies it is started again on the same data and port. What is left of it from a run that was killed is stopped first.
 *
 * @throws {DataDirectoryRefused} the directory cannot be used; `DirectoryInUse`: another process uses it.
 */
export async function startEmbeddedDatabase(
  dataDirectory: string,
  logger: Logger,
): Promise<EmbeddedDatabase> {
  const data = await openDataDirectory(dataDirectory, logger);
  const { directory, folder, account } = data;
  try {
    const password = (await readPassword(directory)) ?? (await makePassword(directory));
    const user = embeddedUser;
    const binaries = await findBinaries(account);
    if (data.isNew) {
      await initCluster({ folder, user, password, account, binaries, isDurable: true });
      if (folder !== join(directory, 'postgres')) await symlink(folder, join(directory, 'postgres'));
    }
    const port = await stablePort();
    const settings = { max_connections: '200' };
    const start = async (): Promise<PostgresServer> => {
      const left = await stopLeftover(folder);
      if (left.length > 0) logger.warn({ processes: left.length }, 'stopped what was left of PostgreSQL');
      return await startPostgres({ folder, port, user, password, account, binaries, settings });
    };
    const server = await supervise({ name: 'The embedded PostgreSQL', start, ...reports(data, logger) });
    try {
      await createDatabase(embeddedUrl(password, port, 'postgres'));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return {
      url: embeddedUrl(password, port),
      folder,
      gaveUp: server.gaveUp,
      stop: async () => {
        await server.stop();
        await data.release();
      },
    };
  } catch (error) {
    await data.release();
    throw error;
  }
}

/** One line when it is down, one when it is up again, and between them one a minute. */
function reports({ folder }: DataDirectory, logger: Logger) {
  let saidAt = 0;
  return {
    isTransient: ({ message }: Error) => /No space left on device/.test(message),
    onDown: (reason: string) => {
      logger.error({ folder, reason }, 'the embedded PostgreSQL ended; it is started again');
      saidAt = performance.now();
    },
    onRetry: ({ message }: Error) => {
      if (performance.now() - saidAt < retryLogMilliseconds) return;
      saidAt = performance.now();
      logger.error(
        { folder, reason: message },
        'the embedded PostgreSQL cannot be started yet; trying again',
      );
    },
    onUp: (downMilliseconds: number) =>
      logger.info({ downMilliseconds: Math.round(downMilliseconds) }, 'the embedded PostgreSQL runs again'),
  };
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [embeddedDatabase]);
    if (rowCount === 0) await client.query(`create database ${embeddedDatabase}`);
  } finally {
    await client.end();
  }
}
