import { problems } from '@ringback/api/problems';
import { createTestDatabase, eventually, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type Running, runServices, type ServiceDefinition, toProblem } from '../index.ts';

let release = () => {};
let isInHand = false;
const slow = new Promise<void>((resolve) => {
  release = resolve;
});

/** A service that shows what the kit does with its routes. */
const probe: ServiceDefinition = {
  name: 'query',
  schema: 'probe',
  migrations: [{ name: '001', sql: 'create table probe.things (id int)' }],
  create: () => ({
    name: 'probe',
    routes(app) {
      const config = { scope: 'public' as const };
      app.get('/fail', { config }, () => {
        throw new Error('select secret from vault');
      });
      app.get('/away', { config }, () => {
        throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
      });
      app.get('/slow', { config }, async () => {
        isInHand = true;
        await slow;
        return { done: true };
      });
      app.post(
        '/echo',
        { config, schema: { body: z.strictObject({ name: z.string(), list: z.array(z.int()).optional() }) } },
        ({ body }) => body as object,
      );
      app.get('/late', { config }, (_request, reply) => {
        reply.hijack();
        reply.raw.end('early');
        reply.raw.write('late');
      });
      app.get('/things/:id', { config, schema: { querystring: z.looseObject({}) } }, () => ({}));
      app.get('/guarded', { config: { scope: 'operations' } }, () => ({}));
    },
    start: async () => {},
    stop: async () => {},
    readiness: [{ name: 'probe', check: async () => ({ ok: true }) }],
  }),
};

let database: TestDatabase;
let running: Running;
beforeAll(async () => {
  database = await createTestDatabase();
  running = await start();
});
afterAll(async () => {
  release();
  await running?.stop();
  await database?.drop();
});

const start = () =>
  runServices([probe], {
    name: 'probe',
    environment: { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' },
  });
const inject = async (
  method: 'GET' | 'POST',
  url: string,
  options: { payload?: string | object | Buffer; headers?: Record<string, string> } = {},
) => await running.app.inject({ method, url, ...options });

it('The server goes on after faults of its socket, and of an answer that is written when it is over', async () => {
  for (let nth = 0; nth < 3; nth += 1) {
    running.app.server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
    expect(await (await fetch(`${running.url}/v1/late`)).text()).toBe('early');
  }
  expect((await fetch(`${running.url}/health/live`)).status).toBe(200);
});

describe('an answer', () => {
  it('to a fault of ours tells nothing but the request’s id', async () => {
    const answer = await inject('GET', '/v1/fail', { headers: { 'x-request-id': 'req-1' } });
    expect([answer.statusCode, answer.headers['x-request-id']]).toEqual([500, 'req-1']);
    expect(answer.json()).toMatchObject({
      code: 'internal-error',
      type: '/problems/internal-error',
      instance: '/v1/fail',
    });
    expect(answer.body).not.toContain('vault');
  });

  it('while the database is away is 503 with a time to come back', async () => {
    const answer = await inject('GET', '/v1/away');
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '2']);
  });

  it('names each field that is wrong by its pointer', async () => {
    const answer = await inject('POST', '/v1/echo', { payload: { name: 7, list: [1, 'x'], more: true } });
    expect(answer.statusCode).toBe(422);
    expect(
      answer
        .json()
        .errors.map(({ pointer }: { pointer: string }) => pointer)
        .sort(),
    ).toEqual(['/body/list/1', '/body/more', '/body/name']);
  });

  it('names at most a hundred fields, in few characters each, and counts the others', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`key${index}`, index]));
    const list = Array.from({ length: 300 }, () => 'x');
    const payload = { name: 'n', ...unknown, list, ['x'.repeat(5_000)]: 1 };
    const answer = await inject('POST', '/v1/echo', { payload });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().errors).toHaveLength(100);
    expect(answer.json().errorsOmitted).toBe(1_500 + 300 + 1 - 100);
    const long = (
      await inject('POST', '/v1/echo', { payload: { name: 'n', ['x'.repeat(100_000)]: 1 } })
    ).json();
    expect(long.errors[0].pointer).toMatch(/^\/body\/x{900,}…$/);
    expect(JSON.stringify(long).length).toBeLessThan(5_000);
    expect((await inject('POST', '/v1/echo', { payload: {} })).json()).not.toHaveProperty('errorsOmitted');
  });

  it.each([
    ['an address that is not percent-encoded', 'GET', '/v1/things/%FF', undefined, 400, 'malformed-request'],
    ['an id longer than any', 'GET', `/v1/things/${'x'.repeat(3_000)}`, undefined, 404, 'not-found'],
    [
      'a body that is not UTF-8',
      'POST',
      '/v1/echo',
      Buffer.from('{"name":"\xff"}', 'latin1'),
      400,
      'malformed-request',
    ],
    [
      'a body nested without end',
      'POST',
      '/v1/echo',
      `${'{"name":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
      400,
      'malformed-request',
    ],
    ['a body of brackets alone', 'POST', '/v1/echo', '['.repeat(500_000), 400, 'malformed-request'],
    [
      'a body of values without end',
      'POST',
      '/v1/echo',
      `{"list":[${'1,'.repeat(100_000)}1]}`,
      400,
      'malformed-request',
    ],
    ['U+0000 in the address', 'GET', '/v1/things/a%00b', undefined, 422, 'validation-failed'],
    ['U+0000 in a filter', 'GET', '/v1/things/1?name=a%00b', undefined, 422, 'validation-failed'],
  ] as const)('to %s is a problem', async (_, method, url, payload, status, code) => {
    const headers: Record<string, string> =
      payload === undefined ? {} : { 'content-type': 'application/json' };
    const answer = await inject(method, url, { ...(payload === undefined ? {} : { payload }), headers });
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.headers['x-request-id']).toBeTruthy();
  });

  it('takes characters of replacement that were sent as such, and names no type of body that it has not', async () => {
    expect((await inject('POST', '/v1/echo', { payload: { name: 'a\uFFFDb' } })).json()).toEqual({
      name: 'a\uFFFDb',
    });
    const headers = { 'content-type': 'text/plain' };
    expect((await inject('POST', '/v1/echo', { payload: '{"name":"x"}', headers })).statusCode).toBe(415);
  });

  it('makes a request id where none, or no sensible one, was sent', async () => {
    const answer = await inject('GET', '/v1/echo', { headers: { 'x-request-id': 'x'.repeat(500) } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('to a route that needs a scope asks for a key', async () => {
    const answer = await inject('GET', '/v1/guarded');
    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer realm="ringback"']);
  });

  it('describes each problem at its type', async () => {
    for (const code of Object.keys(problems))
      expect((await inject('GET', `/problems/${code}`)).json()).toMatchObject({ code });
    expect((await inject('GET', '/problems/constructor')).statusCode).toBe(404);
  });
});

describe('the server', () => {
  it('does not start with a route that declares no scope', async () => {
    const careless: ServiceDefinition = {
      ...probe,
      create: () => ({
        name: 'careless',
        routes: (app) => void app.get('/open', () => ({})),
        start: async () => {},
        stop: async () => {},
        readiness: [],
      }),
    };
    const starting = runServices([careless], {
      name: 'careless',
      environment: { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' },
    });
    await expect(starting).rejects.toThrow('does not declare a scope');
  });

  it('finishes what is in hand when it stops, and takes nothing new', async () => {
    const pending = fetch(`${running.url}/v1/slow`);
    await eventually(() => isInHand);
    const stopped = running.stop();
    release();
    expect(await (await pending).json()).toEqual({ done: true });
    await stopped;
    await expect(fetch(`${running.url}/health/live`)).rejects.toThrow();
    running = await start();
  });

  it('tells that it lives and is ready, and why', async () => {
    expect((await inject('GET', '/health/live')).json().status).toBe('live');
    expect((await inject('GET', '/health/ready')).json()).toMatchObject({
      status: 'ready',
      checks: expect.arrayContaining([{ name: 'probe', ok: true }]),
    });
  });

  it('describes its routes and its events to everybody', async () => {
    expect((await inject('GET', '/openapi.json')).json().openapi).toMatch(/^3\.1/);
    const answer = await inject('GET', '/asyncapi.json');
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.json()).toMatchObject({ asyncapi: '3.0.0', channels: { feed: { address: '/v1/feed' } } });
    expect((await inject('GET', '/openapi.json')).json().info.description).toContain('(/asyncapi.json)');
  });

  it('answers 503 while the database cannot be reached, and starts when it can', async () => {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const unreachable = new URL(database.url);
    unreachable.port = '9';
    const starting = runServices([probe], {
      name: 'probe',
      environment: { DATABASE_URL: unreachable.href, PORT: String(port), LOG_LEVEL: 'silent' },
    });
    starting.catch(() => {});
    let answer: Response | null = null;
    while (answer === null) answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => null);
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await fetch(`http://127.0.0.1:${port}/v1/echo`)).status).toBe(503);
    expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
  });
});

it('turns what no one knows into an internal error', () => {
  expect(toProblem(new TypeError('x is undefined')).code).toBe('internal-error');
});
