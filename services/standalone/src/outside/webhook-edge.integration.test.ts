import { type Running, runServices, type ServiceContext } from '@ringback/service-kit';
import {
  createHttpClient,
  createTestDatabase,
  type HttpClient,
  recordStatements,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../index.ts';

const key = 'a-lower-case-key-for-the-webhook-edge';
let database: TestDatabase;
let running: Running;
let client: HttpClient;

beforeAll(async () => {
  database = await createTestDatabase();
  const environment = { DATABASE_URL: database.url, PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  running = await runServices(services, { name: 'edge', environment });
  client = createHttpClient(running.url, key);
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
});

const integration = {
  adapter: 'zammad-cti',
  name: 'PBX',
  defaultCountry: 'GB',
  timeZone: 'Europe/London',
  catalog: 'cat-levels',
};
async function addIntegration(requestsPerMinute: number | null = null): Promise<string> {
  const { status, body } = await client.post('/v1/integrations', { ...integration, requestsPerMinute });
  expect([status, body.requestsPerMinute]).toEqual([201, requestsPerMinute]);
  return body.webhookUrl;
}
const call = (callId: string) =>
  new URLSearchParams({ event: 'newCall', callId, direction: 'in', from: '442079460001' });
const deliveries = async () => {
  const { rows } = await database.pool.query('select count(*)::int as count from intake.deliveries');
  return rows[0].count as number;
};

describe('A webhook', () => {
  it('takes deliveries by POST, PUT and GET, and answers probes by HEAD and OPTIONS without storing them', async () => {
    const url = await addIntegration();
    const before = await deliveries();
    for (const method of ['HEAD', 'OPTIONS']) expect((await fetch(url, { method })).status).toBe(200);
    expect(await deliveries()).toBe(before);
    expect((await fetch(url, { method: 'POST', body: call('post') })).status).toBe(200);
    expect((await fetch(url, { method: 'PUT', body: call('put') })).status).toBe(200);
    expect((await fetch(`${url}?${call('get')}`)).status).toBe(200);
    expect(await deliveries()).toBe(before + 3);
    const refused = await fetch(url, { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, POST, PUT']);
  });

  it('has no limit of its own, and one that is set answers 429 with when to come again', async () => {
    const free = await addIntegration();
    for (let nth = 0; nth < 20; nth += 1) {
      const answer = await fetch(free, { method: 'POST', body: call(`free-${nth}`) });
      expect([answer.status, answer.headers.get('ratelimit')]).toEqual([200, null]);
    }
    const limited = await addIntegration(2);
    const answers = [];
    for (let nth = 0; nth < 3; nth += 1) {
      answers.push(await fetch(limited, { method: 'POST', body: call(`limited-${nth}`) }));
    }
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"minute";q=2;w=60');
    expect(Number(answers[2]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('A key', () => {
  it('of the configuration is never repeated by a problem, whatever it looks like', async () => {
    const answer = await createHttpClient(running.url, key).get(`/v1/customers/${key}`);
    expect(answer.status).toBe(404);
    expect(JSON.stringify(answer.body)).not.toContain(key);
  });

  it.each(['/v1/tickets?api_key=rb_abcdefghijkl', '/v1/tickets/rb_abcdefghijkl', '/v1/tickets?token=x'])(
    'in the address %s is refused with where it belongs',
    async (path) => {
      const { status, body } = await client.as(null).get(path);
      expect([status, body.code]).toEqual([401, 'unauthenticated']);
      expect(body.detail).toContain('A key in an address is logged');
      expect(JSON.stringify(body)).not.toContain('rb_abcdefghijkl');
    },
  );
});

describe('An answer', () => {
  it('of the API is not stored by caches, however its address spells `/v1`', async () => {
    for (const path of ['/v1/tickets', '/%761/tickets']) {
      const { headers } = await fetch(`${running.url}${path}`, {
        headers: { authorization: `Bearer ${key}` },
      });
      expect([path, headers.get('cache-control')]).toEqual([path, 'no-store']);
    }
  });

  it('to an address that cannot be read carries the same headers as any other', async () => {
    const response = await fetch(`${running.url}/v1/tickets/%E0%A4%A`, {
      headers: { authorization: `Bearer ${key}` },
    });
    expect([response.status, response.headers.get('x-content-type-options')]).toEqual([400, 'nosniff']);
    expect(response.headers.get('x-request-id')).toMatch(/.{10,}/);
  });

  it('to a catalog whose name cannot be seen names the field', async () => {
    const { content } = (await client.get('/v1/catalogs/cat-levels')).body;
    const answer = await client.put('/v1/catalogs/unseen', {
      ...content,
      catalog: 'unseen',
      name: '\u200b ',
    });
    expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, '/name']);
  });
});

it('A computation declares no Idempotency-Key, as it keeps no answer.', async () => {
  const { paths } = (await client.get('/openapi.json')).body;
  for (const path of ['/v1/simulations', '/v1/calendar-calculations', '/v1/rehearsals']) {
    const names = (paths[path].post.parameters ?? []).map(({ name }: { name: string }) => name);
    expect([path, names]).toEqual([path, []]);
  }
});

// The last: from then on credentials of this address are refused with 429.
it('A webhook is found by its token whatever has been guessed from its address, and guesses cost the database little.', async () => {
  const url = await addIntegration();
  const guess = async () =>
    (await fetch(`${running.url}/v1/webhooks/zammad-cti/${'guess'.repeat(6)}`, { method: 'POST' })).status;
  const statuses = new Set<number>();
  for (let round = 0; round < 70; round += 1) {
    for (const status of await Promise.all(Array.from({ length: 10 }, guess))) statuses.add(status);
  }
  expect([...statuses].sort()).toEqual([404, 429]);
  const { pool } = running.contexts.get('intake') as ServiceContext;
  const asked = await recordStatements(
    pool,
    (statement) => statement.includes('head'),
    async () => expect(await guess()).toBe(429),
  );
  expect(asked).toEqual([]);
  expect((await fetch(url, { method: 'POST', body: call('after-guesses') })).status).toBe(200);
});
