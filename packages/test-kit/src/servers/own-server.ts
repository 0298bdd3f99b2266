import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';
import { freePort } from '../http/free-port.ts';

export interface OwnServerOptions {
  /** The main module, as a path. */
  main: string;
  /** Without `DATABASE_URL` the server makes a database of its own in a temporary folder. */
  environment: { [name: string]: string };
  /** Arguments for Node, before the module. */
  nodeArguments?: string[];
  /** Whether a server that ends before it is ready is returned too, instead of a rejection. Default false. */
  mayEnd?: boolean;
}

/** A server in a process of its own. */
export interface OwnServer {
  url: string;
  process: ChildProcess;
  /** What it wrote to standard output and standard error; the latest 100,000 characters. */
  output(): string;
  /** Null while it runs; else how it ended, with what it wrote last. */
  ended(): string | null;
  /** Resolves when it has ended, for whatever reason. */
  exit: Promise<void>;
  /** Ends it, whatever state it is in, and removes its data. */
  stop(): Promise<void>;
}

const longestOutput = 100_000;
const lastWords = 4_000;

/** Starts a server on a free port and waits until it is ready. Rejects with what it wrote when it ends before that. */
export async function startOwnServer({
  main,
  environment,
  nodeArguments = [],
  mayEnd = false,
}: OwnServerOptions): Promise<OwnServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ringback-own-'));
  const port = await freePort();
  let output = '';
  const child = spawn(process.execPath, [...nodeArguments, main], {
    env: { ...process.env, DATABASE_URL: '', DATA_DIR: folder, ...environment, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-longestOutput);
    });
  }
  const exit = once(child, 'exit').then(() => {});
  const ended = () =>
    child.exitCode === null && child.signalCode === null
      ? null
      : `it ended with ${child.signalCode ?? child.exitCode}:\n${output.slice(-lastWords)}`;
  const stop = async () => {
    child.kill('SIGTERM');
    await Promise.race([exit, new Promise((resolve) => setTimeout(resolve, 10_000).unref())]);
    if (ended() === null) child.kill('SIGKILL');
    await exit;
    // PostgreSQL notices that its parent is gone, and ends; until then it writes to its folder.
    await eventually(() => rm(folder, { recursive: true, force: true }), { timeout: 30_000, interval: 100 });
  };
  const url = `http://127.0.0.1:${port}`;
  try {
    await eventually(async () => ended() !== null || (await fetch(`${url}/health/ready`)).ok, {
      timeout: 90_000,
      interval: 50,
    });
    if (ended() !== null && !mayEnd) throw new Error(`the server did not start: ${ended()}`);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, process: child, output: () => output, ended, exit, stop };
}
