import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { type Running, runServices } from '@ringback/service-kit';
import {
  createHttpClient,
  createTestDatabase,
  eventually,
  type HttpClient,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../index.ts';

const key = 'a-key-for-the-edge-test';
let database: TestDatabase;
let running: Running;
let client: HttpClient;

beforeAll(async () => {
  database = await createTestDatabase();
  running = await runServices(services, {
    name: 'edge',
    environment: {
      DATABASE_URL: database.url,
      PORT: '0',
      BOOTSTRAP_API_KEY: key,
      LOG_LEVEL: 'silent',
      REQUESTS_PER_MINUTE: '50',
    },
  });
  client = createHttpClient(running.url, key);
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
});

const makeKey = async (more: object = {}): Promise<string> =>
  (await client.post('/v1/api-keys', { name: 'Reader', scopes: ['tickets:read'], ...more })).body.key;

describe('A method that a route does not have', () => {
  it.each([
    ['PATCH', '/v1/tickets', 'GET, HEAD, POST'],
    ['DELETE', '/v1/customers/bakery', 'GET, HEAD, PUT'],
    ['POST', '/v1/queue', 'GET, HEAD'],
    ['PUT', '/v1/tickets/RB-1/acknowledge', 'POST'],
    ['POST', '/health/live', 'GET, HEAD'],
  ])('%s %s is answered 405 with the methods that it has', async (method, path, allowed) => {
    const response = await fetch(`${running.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, allowed]);
    expect(await response.json()).toMatchObject({ code: 'method-not-allowed' });
  });

  it('is not taken for one at an address that leads nowhere', async () => {
    expect((await fetch(`${running.url}/v1/nothing`, { method: 'PATCH' })).status).toBe(404);
  });
});

describe('A key', () => {
  it('that is missing is distinguished from one that is unknown and from a header of another form', async () => {
    const details = new Set<string>();
    for (const [authorization, challenge] of [
      [undefined, 'Bearer realm="ringback"'],
      ['Bearer rb_unknown', 'Bearer realm="ringback", error="invalid_token"'],
      ['Basic dXNlcjpwYXNz', 'Bearer realm="ringback", error="invalid_request"'],
    ] as const) {
      const headers = authorization === undefined ? {} : { authorization };
      const response = await fetch(`${running.url}/v1/tickets`, { headers });
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, challenge]);
      details.add(((await response.json()) as { detail: string }).detail);
    }
    expect(details.size).toBe(3);
  });

  it('is refused from the instant of its expiry, however often it was used before', async () => {
    const expiresAt = Date.now() + 1_500;
    const short = client.as(await makeKey({ expiresAt: new Date(expiresAt).toISOString() }));
    expect((await short.get('/v1/tickets')).status).toBe(200);
    await eventually(async () => {
      const asked = Date.now();
      const { status } = await short.get('/v1/tickets');
      // Asked after the expiry by any clock of this machine: never admitted.
      if (asked > expiresAt + 100) expect(status).toBe(401);
      return status === 401;
    });
  });
});

describe('Credentials that are refused repeatedly', () => {
  it('do not keep a good key out that comes from the same address', async () => {
    const good = client.as(await makeKey());
    const statuses = new Set<number>();
    for (let round = 0; round < 7; round += 1) {
      const asked = Array.from({ length: 100 }, () => client.as('rb_unknown').get('/v1/tickets'));
      for (const { status } of await Promise.all(asked)) statuses.add(status);
    }
    expect([...statuses].sort()).toEqual([401, 429]);
    expect((await good.get('/v1/tickets')).status).toBe(200);
  });
});

describe('A rate limit', () => {
  it('is stated in the headers, and once it is reached answered 429 with the time to wait', async () => {
    const limited = client.as(await makeKey({ requestsPerMinute: 2 }));
    const first = await limited.get('/v1/tickets');
    expect([first.status, first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')]).toEqual([
      200,
      '"minute";q=2;w=60',
      '"minute";r=1;t=30',
    ]);
    await limited.get('/v1/tickets');
    const refused = await limited.get('/v1/tickets');
    expect([refused.status, refused.body.code]).toEqual([429, 'rate-limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is that of the configuration where a key has none, and none for administrators', async () => {
    const usual = client.as(await makeKey());
    expect((await usual.get('/v1/tickets')).headers.get('ratelimit-policy')).toBe('"minute";q=50;w=60');
    const administrator = await client.get('/v1/tickets');
    expect([administrator.status, administrator.headers.get('ratelimit')]).toEqual([200, null]);
  });
});

describe('A header', () => {
  it('Content-Type in another charset is refused, not misread', async () => {
    const body = Buffer.from(JSON.stringify({ subject: 'x' }), 'utf16le');
    for (const [charset, status] of [
      ['utf-16', 415],
      ['"ISO-8859-1"', 415],
      ['UTF-8', 201],
    ] as const) {
      const response = await fetch(`${running.url}/v1/tickets`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': `application/json; charset=${charset}` },
        body: status === 201 ? JSON.stringify({ subject: 'x' }) : body,
      });
      expect([charset, response.status]).toEqual([charset, status]);
    }
  });

  it.each(['', ' ', '""', 'x'.repeat(201)])('Idempotency-Key %j is refused on every POST', async (text) => {
    for (const path of ['/v1/tickets', '/v1/simulations', '/v1/notifications/replay']) {
      expect(await client.post(path, {}, { 'idempotency-key': text })).toMatchObject({
        status: 400,
        body: { code: 'idempotency-key-invalid', errors: [{ pointer: '/headers/idempotency-key' }] },
      });
    }
  });

  it('Idempotency-Key of whatever form costs no phone system its call', async () => {
    const { body } = await client.post('/v1/integrations', {
      adapter: 'zammad-cti',
      name: 'PBX',
      defaultCountry: 'DE',
      timeZone: 'Europe/Berlin',
    });
    for (const text of ['', 'x'.repeat(300)]) {
      const response = await fetch(body.webhookUrl, {
        method: 'POST',
        headers: { 'idempotency-key': text, 'content-type': 'application/json; charset=utf-16' },
        body: new URLSearchParams({
          event: 'newCall',
          callId: `odd-${text.length}`,
          direction: 'in',
          from: '1',
          to: '2',
        }),
      });
      expect(response.status).toBe(200);
    }
  });

  it('If-None-Match: * makes a PUT create, and never change', async () => {
    const once = { 'if-none-match': '*' };
    expect((await client.put('/v1/customers/new', { name: 'New' }, once)).status).toBe(200);
    const again = await client.put('/v1/customers/new', { name: 'Other' }, once);
    expect([again.status, again.body.code, again.headers.get('etag')]).toEqual([
      412,
      'precondition-failed',
      '"1"',
    ]);
    expect((await client.get('/v1/customers/new')).body.name).toBe('New');
    expect((await client.put('/v1/customers/absent', { name: 'x' }, { 'if-match': '*' })).status).toBe(412);
  });

  it('Host does not make its way into the address that a phone system is given', async () => {
    const { body } = await client.post(
      '/v1/integrations',
      { adapter: 'zammad-cti', name: 'PBX', defaultCountry: 'DE', timeZone: 'Europe/Berlin' },
      { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    );
    expect(new URL(body.webhookUrl).origin).toBe(new URL(running.url).origin);
  });
});

describe('An answer', () => {
  it('is never sniffed, and below /v1 never stored', async () => {
    for (const path of ['/v1/tickets', '/v1/nothing', '/docs/', '/openapi.json', '/health/live']) {
      const { headers } = await fetch(`${running.url}${path}`);
      expect([path, headers.get('x-content-type-options')]).toEqual([path, 'nosniff']);
      if (path.startsWith('/v1')) expect(headers.get('cache-control')).toBe('no-store');
    }
  });

  it('with the documentation runs nothing but its own scripts, in no frame', async () => {
    const response = await fetch(`${running.url}/docs/`);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/default-src 'none'; script-src 'self' 'sha256-[^']+';/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy.match(/script-src[^;]*/)?.[0]).not.toMatch(/unsafe|https?:/);
    expect(await response.text()).not.toMatch(/(?:src|href)="https?:/);
  });

  it('that does not change is compressed, and 304 for who has it', async () => {
    for (const path of ['/openapi.json', '/docs/js/scalar.js']) {
      const plain = Buffer.from(
        await (
          await fetch(`${running.url}${path}`, { headers: { 'accept-encoding': 'identity' } })
        ).arrayBuffer(),
      );
      const compressed = await new Promise<Buffer>((resolve, reject) => {
        request(`${running.url}${path}`, { headers: { 'accept-encoding': 'gzip' } }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve(Buffer.concat(chunks)));
        })
          .on('error', reject)
          .end();
      });
      expect(gunzipSync(compressed).equals(plain)).toBe(true);
      expect(compressed.length * 3).toBeLessThan(plain.length);
      const { headers } = await fetch(`${running.url}${path}`);
      const again = await fetch(`${running.url}${path}`, {
        headers: { 'if-none-match': headers.get('etag') ?? '' },
      });
      expect([again.status, (await again.arrayBuffer()).byteLength]).toEqual([304, 0]);
    }
  });
});
