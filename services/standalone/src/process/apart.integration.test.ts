import { type Running, runServices } from '@ringback/service-kit';
import { createHttpClient, createTestDatabase, type HttpClient, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { services } from '../index.ts';

const key = 'a-key-for-services-apart';
const catalog = {
  catalog: 'apart',
  name: 'Apart',
  timeZone: 'UTC',
  defaultPriority: 'normal',
  priorities: { normal: { name: 'Normal', rank: 1 } },
  calendars: {},
  plans: { plan: { name: 'Plan' } },
};

let database: TestDatabase;
const running: Running[] = [];
const clients = new Map<string, HttpClient>();
beforeAll(async () => {
  database = await createTestDatabase();
  for (const service of services.filter(({ name }) =>
    ['administration', 'billing', 'intake'].includes(name),
  )) {
    const environment = {
      DATABASE_URL: database.url,
      PORT: '0',
      BOOTSTRAP_API_KEY: key,
      LOG_LEVEL: 'silent',
    };
    const started = await runServices([service], { name: service.name, environment });
    running.push(started);
    clients.set(service.name, createHttpClient(started.url, key));
  }
});
afterAll(async () => {
  for (const each of running.reverse()) await each.stop();
  await database?.drop();
});

const at = (name: string) => clients.get(name) as HttpClient;

it('Services that run apart know at once of each other’s customers, catalogs, contracts and keys.', async () => {
  for (let nth = 0; nth < 15; nth += 1) {
    const id = `apart-${nth}`;
    const named = { ...catalog, catalog: id };
    expect((await at('administration').put(`/v1/catalogs/${id}`, named)).status).toBe(200);
    expect((await at('administration').put(`/v1/customers/${id}`, { name: id })).status).toBe(200);
    const contract = await at('billing').put(`/v1/contracts/${id}`, { customerId: id, plan: `${id}/plan` });
    expect([contract.status, contract.body.standing]).toEqual([200, 'active']);
    const opened = await at('intake').post('/v1/tickets', { customerId: id, subject: 'No dial tone' });
    expect([opened.status, opened.body.contract?.id, opened.body.plan]).toEqual([201, id, `${id}/plan`]);
    const events = [{ type: 'TicketOpened', at: '2026-03-02T09:00:00.000Z' }];
    const simulation = {
      catalog: id,
      plan: 'plan',
      priority: 'normal',
      events,
      asOf: '2026-03-02T10:00:00.000Z',
    };
    expect((await at('intake').post('/v1/simulations', simulation)).status).toBe(200);
    const made = await at('administration').post('/v1/api-keys', {
      name: id,
      scopes: ['tickets:read', 'tickets:write'],
    });
    const asked = await at('intake').as(made.body.key).post('/v1/tickets', { subject: 'x' });
    expect(asked.status).toBe(201);
  }
});

/** Until `release` is called, the service takes in nothing more of the log. */
async function holdUp(schema: string): Promise<{ release(): Promise<void> }> {
  const client = await database.pool.connect();
  await client.query('begin');
  await client.query(`select from ${schema}.checkpoints where subscription = $1 for update`, [
    `${schema}.administration`,
  ]);
  return {
    async release() {
      await client.query('rollback');
      client.release();
    },
  };
}

it('A service that is behind waits for the log before it finds no customer and no contract.', async () => {
  const later = <T>(answer: Promise<T>, { release }: { release(): Promise<void> }) =>
    Promise.all([answer, new Promise((resolve) => setTimeout(resolve, 200)).then(release)]).then(
      ([first]) => first,
    );
  const billing = await holdUp('billing');
  await at('administration').put('/v1/customers/late', { name: 'Late' });
  const contract = { customerId: 'late', plan: 'apart-0/plan' };
  expect((await later(at('billing').put('/v1/contracts/late', contract), billing)).status).toBe(200);

  await at('administration').put('/v1/customers/later', { name: 'Later' });
  const known = await at('intake').post('/v1/tickets', { customerId: 'later', subject: 'x' });
  expect([known.status, known.body.contract]).toEqual([201, null]);
  const intake = await holdUp('intake');
  await at('billing').put('/v1/contracts/later', { customerId: 'later', plan: 'apart-0/plan' });
  const opened = await later(at('intake').post('/v1/tickets', { customerId: 'later', subject: 'x' }), intake);
  expect([opened.status, opened.body.contract?.id]).toEqual([201, 'later']);
});
