import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';

export interface DemoServer {
  url: string;
  key: string;
  stop(): Promise<void>;
}

/** The server at `RINGBACK_URL` (with `RINGBACK_API_KEY`), else one of our own on a free port with temporary data. */
export async function openServer(): Promise<DemoServer> {
  const url = process.env.RINGBACK_URL;
  if (url === undefined || url === '') return await startOwnServer();
  const key = process.env.RINGBACK_API_KEY;
  if (key === undefined || key === '') {
    throw new Error(
      'RINGBACK_URL is set: set RINGBACK_API_KEY too, to a key with the scope "administration".',
    );
  }
  return { url, key, stop: async () => {} };
}

async function startOwnServer(): Promise<DemoServer> {
  const folder = await mkdtemp(join(tmpdir(), 'ringback-demo-'));
  const key = `demo-${randomBytes(24).toString('base64url')}`;
  const environment = { DATA_DIR: folder, PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'error' };
  try {
    const running = await runServices(services, { name: 'demo', embedded: true, environment });
    const stop = async () => {
      await running.stop();
      await rm(folder, { recursive: true, force: true });
    };
    return { url: running.url, key, stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
