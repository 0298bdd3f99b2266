import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The product in a process of its own, on temporary data or a database that is given. */
export interface OwnServer {
  url: string;
  key: string;
  /** Null while it runs; else how it ended, and its last words. */
  ended(): string | null;
  stop(): Promise<void>;
}

const main = fileURLToPath(new URL('../../services/standalone/src/main.ts', import.meta.url));
const lastWords = 4_000;

/** `databaseUrl` null: PostgreSQL runs inside. Rejects when the server ends before it is ready. */
export async function startOwnServer(databaseUrl: string | null = null): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ringback-fuzz-'));
  const key = `fuzz-${randomBytes(24).toString('base64url')}`;
  const child = spawn(process.execPath, [main], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl ?? '',
      DATA_DIR: folder,
      PORT: '0',
      BOOTSTRAP_API_KEY: key,
      LOG_LEVEL: 'fatal',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const exit = once(child, 'exit');
  const ready = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output = `${output}${chunk}`.slice(-lastWords);
        const url = /ready at (\S+)/.exec(output)?.[1];
        if (url !== undefined) resolve(url);
      });
    }
  });
  const ended = () =>
    child.exitCode === null && child.signalCode === null
      ? null
      : `it ended with ${child.signalCode ?? child.exitCode}:\n${output}`;
  const stop = async () => {
    if (ended() === null) child.kill('SIGTERM');
    await exit;
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
  const url = await Promise.race([ready, exit.then(() => null)]);
  if (url === null) {
    await stop();
    throw new Error(`the server did not start; ${ended()}`);
  }
  return { url, key, ended, stop };
}
