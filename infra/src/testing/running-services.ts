import { type Running, runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import { createTestDatabase } from '@ringback/test-kit';

export interface RunningServices {
  /** Each service, running alone as it does in a process of its own. */
  byName: Map<string, Running>;
  stop(): Promise<void>;
}

/** Starts all services on a database of their own, each on a free port. */
export async function startServices(more: { [name: string]: string } = {}): Promise<RunningServices> {
  const database = await createTestDatabase();
  const byName = new Map<string, Running>();
  const stop = async () => {
    for (const running of byName.values()) await running.stop();
    await database.drop();
  };
  try {
    for (const service of services) {
      const environment = { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent', ...more };
      byName.set(service.name, await runServices([service], { name: service.name, environment }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { byName, stop };
}
