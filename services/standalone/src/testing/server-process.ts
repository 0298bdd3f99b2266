import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHttpClient, eventually, freePort, type HttpClient } from '@ringback/test-kit';

/** The real thing in a process of its own, on data of its own. */
export interface ServerProcess {
  url: string;
  client: HttpClient;
  process: ChildProcess;
  /** What it wrote to standard output and standard error. */
  output(): string;
}

export interface ServerProcesses {
  key: string;
  dataDirectory: string;
  start(environment?: Record<string, string>): Promise<ServerProcess>;
  /** Starts it and waits for its end instead: for starts that must fail. */
  startAndFail(environment?: Record<string, string>): Promise<{ code: number | null; output: string }>;
  /** Ends all, whatever state they are in, and removes the data. */
  destroy(): Promise<void>;
}

const main = fileURLToPath(new URL('../main.ts', import.meta.url));

export async function createServerProcesses(): Promise<ServerProcesses> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'ringback-process-'));
  const key = 'a-key-for-the-process-tests';
  const port = await freePort();
  const started: ChildProcess[] = [];

  const launch = (environment: Record<string, string>) => {
    let output = '';
    const child = spawn(process.execPath, [main], {
      env: {
        ...process.env,
        DATABASE_URL: '',
        DATA_DIR: dataDirectory,
        PORT: String(port),
        BOOTSTRAP_API_KEY: key,
        LOG_LEVEL: 'warn',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    started.push(child);
    return { child, output: () => output };
  };

  return {
    key,
    dataDirectory,
    async start(environment = {}) {
      const { child, output } = launch(environment);
      const url = `http://127.0.0.1:${environment.PORT ?? port}`;
      await eventually(
        async () => {
          if (child.exitCode !== null) throw new Error(`the server ended: ${output()}`);
          const { status } = await fetch(`${url}/health/ready`);
          return status === 200;
        },
        { timeout: 60_000, interval: 50 },
      );
      return { url, client: createHttpClient(url, key), process: child, output };
    },
    async startAndFail(environment = {}) {
      const { child, output } = launch(environment);
      const [code] = (await once(child, 'exit')) as [number | null];
      return { code, output: output() };
    },
    async destroy() {
      for (const child of started) await kill(child, 'SIGKILL');
      // PostgreSQL notices that its parent is gone, and ends; until then it writes to its folder.
      await eventually(() => rm(dataDirectory, { recursive: true, force: true }), {
        timeout: 30_000,
        interval: 100,
      });
    },
  };
}

/** Sends a signal and waits for the end. Answers the exit code, null after a kill. */
export async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await ended)[0];
}
