import { fileURLToPath } from 'node:url';
import { type OwnServer, startOwnServer } from '@ringback/test-kit';

const main = fileURLToPath(new URL('../../../services/standalone/src/main.ts', import.meta.url));
export const key = 'a-key-for-the-fuzz-of-webhooks';

/** The product in a process of its own, on a database that is given or on data of its own. */
export function startServer(databaseUrl = ''): Promise<OwnServer> {
  const environment = { DATABASE_URL: databaseUrl, BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'fatal' };
  return startOwnServer({ main, environment });
}
