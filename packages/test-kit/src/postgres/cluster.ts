import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findBinaries,
  findServerProcesses,
  initCluster,
  type PostgresServer,
  postmasterOf,
  serverAccount,
  stablePort,
  startPostgres,
} from '@ringback/local-servers';

export interface ClusterOptions {
  /** Fsync, checksums and synchronous commits as in production. Off for ordinary tests: they never cut the power. */
  durable?: boolean;
}

/** A PostgreSQL of a test's own, the same one that the embedded mode runs; it ends with this process at the latest. */
export interface Cluster {
  readonly port: number;
  /** The connection string of a database of this cluster. */
  url(database?: string): string;
  /** Stops it fast and starts it again on the same data and port. */
  restart(): Promise<void>;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** SIGKILL of the postmaster; resolves when all of its processes are gone. */
  kill(): Promise<void>;
  /** SIGSTOP of all of its processes: it answers nothing, and refuses nothing. */
  freeze(): Promise<void>;
  /** SIGCONT of all that `freeze` stopped. */
  thaw(): void;
  /** Stops it and removes its data. */
  destroy(): Promise<void>;
}

const user = 'ringback';
const password = 'ringback';
const fast = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Makes a cluster in the temporary folder and starts it on a free port. */
export async function startCluster({ durable = false }: ClusterOptions = {}): Promise<Cluster> {
  const home = await mkdtemp(join(tmpdir(), 'ringback-postgres-'));
  // PostgreSQL refuses to run as root; its own user must be able to reach the data.
  await chmod(home, 0o711);
  const folder = join(home, 'data');
  const account = await serverAccount(folder);
  const binaries = await findBinaries(account);
  const port = await stablePort();
  const settings = { max_connections: '400', ...(durable ? {} : fast) };
  await initCluster({ folder, user, password, account, binaries, isDurable: durable });
  const start = () => startPostgres({ folder, port, user, password, account, binaries, settings });
  let server: PostgresServer | null = await start();
  let frozen: number[] = [];

  const thaw = () => {
    for (const pid of frozen.splice(0)) process.kill(pid, 'SIGCONT');
  };
  const stopServer = async () => {
    thaw();
    await server?.stop();
    server = null;
  };
  const startServer = async () => {
    server ??= await start();
  };
  return {
    port,
    url: (database = 'postgres') => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    stopServer,
    startServer,
    restart: async () => {
      await stopServer();
      await startServer();
    },
    kill: async () => {
      const postmaster = await postmasterOf(folder);
      if (postmaster !== null) process.kill(postmaster, 'SIGKILL');
      await server?.ended;
      server = null;
      while ((await findServerProcesses(folder)).length > 0)
        await new Promise((next) => setTimeout(next, 10));
    },
    freeze: async () => {
      frozen = await findServerProcesses(folder);
      for (const pid of frozen) process.kill(pid, 'SIGSTOP');
    },
    thaw,
    destroy: async () => {
      await stopServer();
      await rm(home, { recursive: true, force: true });
    },
  };
}
