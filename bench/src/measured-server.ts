import { type ChildProcess, fork } from 'node:child_process';
import { freePort } from '@ringback/test-kit';

const startMilliseconds = 30_000;

/** Runs a main module as a process of its own, on a port of its own, while it is measured. */
export async function withServer<T>(
  main: string,
  environment: { [name: string]: string },
  use: (url: string, pid: number) => Promise<T>,
  nodeArguments: string[] = [],
): Promise<T> {
  const port = await freePort();
  const child = fork(main, {
    env: { ...process.env, ...environment, PORT: String(port) },
    execArgv: nodeArguments,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilReady(url, child);
    return await use(url, child.pid ?? 0);
  } finally {
    await end(child);
  }
}

async function untilReady(url: string, child: ChildProcess): Promise<void> {
  const until = performance.now() + startMilliseconds;
  while (performance.now() < until && child.exitCode === null) {
    const ready = await fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the server to be measured did not start');
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
