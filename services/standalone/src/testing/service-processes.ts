import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createHttpClient, eventually, freePort, type HttpClient } from '@ringback/test-kit';
import { kill } from './server-process.ts';

/** One instance of one service, a process of its own as `pnpm service NAME` starts it. */
export interface ServiceProcess {
  name: string;
  url: string;
  client: HttpClient;
  process: ChildProcess;
  output(): string;
}

export interface ServiceProcesses {
  /** Resolves when it runs; it need not be ready. */
  launch(name: string, environment?: Record<string, string>): Promise<ServiceProcess>;
  /** Resolves when it says that it is ready. */
  start(name: string, environment?: Record<string, string>): Promise<ServiceProcess>;
  destroy(): Promise<void>;
}

const script = fileURLToPath(new URL('../../../../scripts/service.ts', import.meta.url));

/** Processes of services that share what `environment` names: the database, the brokers, a key. */
export function createServiceProcesses(environment: Record<string, string>, key: string): ServiceProcesses {
  const launched: ChildProcess[] = [];

  async function launch(name: string, more: Record<string, string> = {}): Promise<ServiceProcess> {
    const port = await freePort();
    let output = '';
    const child = spawn(process.execPath, [script, name], {
      env: {
        ...process.env,
        PORT: String(port),
        BOOTSTRAP_API_KEY: key,
        ALLOW_PRIVATE_WEBHOOKS: 'true',
        LOG_LEVEL: 'info',
        ...environment,
        ...more,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    launched.push(child);
    const url = `http://127.0.0.1:${port}`;
    return { name, url, client: createHttpClient(url, key), process: child, output: () => output };
  }

  return {
    launch,
    async start(name, more) {
      const service = await launch(name, more);
      await eventually(
        async () => {
          if (service.process.exitCode !== null) throw new Error(`${name} ended: ${service.output()}`);
          const { status } = await fetch(`${service.url}/health/ready`);
          return status === 200;
        },
        { timeout: 90_000, interval: 100 },
      );
      return service;
    },
    async destroy() {
      for (const child of launched) await kill(child, 'SIGKILL');
    },
  };
}
