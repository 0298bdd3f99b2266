import { administration } from '@ringback/administration';
import { billing } from '@ringback/billing';
import { type Running, runServices } from '@ringback/service-kit';
import { createHttpClient, createTestDatabase, type HttpClient, type TestDatabase } from '@ringback/test-kit';
import { intake } from '../index.ts';

export interface IntakeServer {
  client: HttpClient;
  url: string;
  database: TestDatabase;
  running: Running;
  stop(): Promise<void>;
}

const key = 'a-key-for-the-intake-tests';

/** Intake and the services that define what it reads, on a database of their own, with two customers under contract. */
export async function startIntake(more: Record<string, string> = {}): Promise<IntakeServer> {
  const database = await createTestDatabase();
  const environment = {
    ...{ DATABASE_URL: database.url, PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' },
    ...more,
  };
  const running = await runServices([administration, billing, intake], { name: 'intake', environment });
  const client = createHttpClient(running.url, key);
  for (const [id, phone] of [
    ['bakery', '+49 30 23125741'],
    ['dentist', '+49 30 23125742'],
  ]) {
    await client.put(`/v1/customers/${id}`, {
      name: id,
      contacts: [{ name: 'Desk', phones: [phone], emails: [`desk@${id}.example`] }],
    });
    await client.put(`/v1/contracts/${id}-1`, { customerId: id, plan: 'cat-levels/cat-1' });
  }
  return {
    client,
    url: running.url,
    database,
    running,
    async stop() {
      await running.stop();
      await database.drop();
    },
  };
}

/** A key that sees one customer only. */
export async function portalOf(client: HttpClient, customerId: string): Promise<HttpClient> {
  const { body } = await client.post('/v1/api-keys', {
    name: 'Portal',
    scopes: ['tickets:read', 'tickets:write'],
    customerId,
  });
  return client.as(body.key);
}
