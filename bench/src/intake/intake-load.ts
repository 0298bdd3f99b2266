import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';
import { withServer } from '../measured-server.ts';

export interface IntakeLoad {
  perSecond: number;
  p50: number;
  p99: number;
  /** Answers that were not 2xx. */
  failed: number;
}

const key = 'a-key-for-the-bench-0123456789';
const intakeMain = fileURLToPath(new URL('../../../services/intake/src/main.ts', import.meta.url));
const administrationMain = fileURLToPath(
  new URL('../../../services/administration/src/main.ts', import.meta.url),
);
const billingMain = fileURLToPath(new URL('../../../services/billing/src/main.ts', import.meta.url));
const withoutDatabase = fileURLToPath(new URL('./intake-without-database.ts', import.meta.url));

/** The administrator's key of a measured server, and the ticket that is opened repeatedly. */
export const ofBench = {
  key,
  ticket: {
    customerId: 'bench',
    subject: 'No outgoing calls',
    description: 'Since nine this morning every outgoing call ends with a busy tone after two seconds.',
  },
};
const body = JSON.stringify(ofBench.ticket);

/** Durable requests a second on the intake service in a process of its own: 2xx after the commit. */
export async function measureIntake(
  databaseUrl: string,
  connections: number,
  seconds: number,
): Promise<IntakeLoad> {
  const environment = { DATABASE_URL: databaseUrl, BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'error' };
  await withServer(administrationMain, environment, (url) =>
    send('PUT', `${url}/v1/customers/bench`, { name: 'Bench' }),
  );
  await withServer(billingMain, environment, (url) =>
    send('PUT', `${url}/v1/contracts/bench`, { customerId: 'bench', plan: 'cat-levels/cat-2' }),
  );
  return await withServer(intakeMain, environment, (url) => loadTickets(url, connections, seconds));
}

/** The same route, validation and answer, with nothing stored: what HTTP alone costs. */
export async function measureWithoutDatabase(connections: number, seconds: number): Promise<IntakeLoad> {
  return await withServer(withoutDatabase, {}, (url) => loadTickets(url, connections, seconds));
}

/** Opens tickets over several connections for `duration` seconds, after three seconds to warm up. */
export async function loadTickets(url: string, connections: number, duration: number): Promise<IntakeLoad> {
  const options = {
    url: `${url}/v1/tickets`,
    method: 'POST' as const,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body,
    connections,
  };
  await autocannon({ ...options, duration: 3 });
  const { requests, latency, non2xx, errors } = await autocannon({ ...options, duration });
  return { perSecond: requests.average, p50: latency.p50, p99: latency.p99, failed: non2xx + errors };
}

/** Sends JSON as the bench's administrator and returns the body of the answer. Rejects unless it is a 2xx. */
export async function send(method: 'PUT' | 'POST', url: string, content: object): Promise<unknown> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method, headers, body: JSON.stringify(content) });
  if (!response.ok) throw new Error(`${url} was answered with ${response.status}: ${await response.text()}`);
  return await response.json();
}
