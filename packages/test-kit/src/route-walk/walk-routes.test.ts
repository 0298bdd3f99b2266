import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { describeFinding, type WalkOptions, type WalkReport, walkRoutes } from './walk-routes.ts';

const problem = { 'application/problem+json': { schema: { type: 'object', required: ['code'] } } };
/** One operation, as Ringback would describe it. */
const description = {
  paths: {
    '/v1/things': {
      post: {
        parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 9 } }],
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { name: { type: 'string', minLength: 1, maxLength: 50 } },
                required: ['name'],
                additionalProperties: false,
              },
            },
          },
        },
        responses: {
          201: {
            content: {
              'application/json': {
                schema: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
              },
            },
          },
          ...Object.fromEntries([400, 401, 413, 415, 422].map((status) => [status, { content: problem }])),
        },
      },
    },
  },
  components: { schemas: {} },
} as WalkOptions['description'];

interface Given {
  request: IncomingMessage;
  body: string;
}
type Reaction = (given: Given) => [status: number, body: object] | null;

/** What an honest server does with it. */
const honest: Reaction = ({ request, body }) => {
  const faults: { pointer: string }[] = [];
  if (!request.headers.authorization?.startsWith('Bearer ')) return [401, { code: 'unauthenticated' }];
  const limits = new URL(request.url ?? '', 'http://x').searchParams;
  for (const [name, value] of limits)
    if (name !== 'limit' || !/^[1-9]$/.test(value)) faults.push({ pointer: `/query/${name}` });
  if (request.headers['content-type'] !== 'application/json')
    return [415, { code: 'unsupported-media-type' }];
  let value: unknown;
  try {
    value = JSON.parse(body.includes('__proto__') ? '{' : body);
  } catch {
    return [400, { code: 'malformed-request' }];
  }
  const { name, ...others } = (value ?? {}) as { name?: unknown };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) faults.push({ pointer: '/body' });
  else if (typeof name !== 'string' || name === '' || name.length > 50)
    faults.push({ pointer: '/body/name' });
  for (const other of Object.keys(others)) faults.push({ pointer: `/body/${other}` });
  if (faults.length > 0) return [422, { code: 'validation-failed', errors: faults }];
  return [201, { id: 1 }];
};

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function walk(react: Reaction): Promise<WalkReport> {
  server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const reaction = react({ request, body });
      if (reaction === null) return;
      const [status, answer] = reaction;
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      response.writeHead(status, { 'content-type': type }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return await walkRoutes({
    url: `http://127.0.0.1:${port}`,
    description,
    keys: { administrator: 'a', reader: 'r', customer: 'c' },
    seed: 1,
    count: 200,
    known: async () => ({}),
    patience: 500,
  });
}

it('finds nothing where every answer is as described', async () => {
  const { findings, requests, accepted } = await walk(honest);
  expect(findings.map(describeFinding)).toEqual([]);
  expect(requests).toBeGreaterThanOrEqual(190);
  expect(accepted.get('POST /v1/things')?.get(201)).toBeGreaterThan(40);
});

const isLong = ({ body }: Given) => body.length > 60;
it.each<[fault: string, react: Reaction, found: RegExp]>([
  [
    'a server error',
    (given) => (isLong(given) ? [500, { code: 'internal-error' }] : honest(given)),
    /answered with 500/,
  ],
  [
    'a request without an answer',
    (given) => (given.request.headers['content-type'] === 'text/plain' ? null : honest(given)),
    /was not answered/,
  ],
  ['a status that is not described', (given) => [202, honest(given) ?? {}], /not described to answer 202/],
  [
    'an answer that is not as described',
    (given) => (honest(given)?.[0] === 201 ? [201, { id: 'one' }] : honest(given)),
    /id must be integer/,
  ],
  [
    'a refusal of what is described',
    (given) => (honest(given)?.[0] === 201 ? [400, { code: 'malformed-request' }] : honest(given)),
    /400 for a request that is as described/,
  ],
  [
    'an invalid body that is accepted',
    (given) => (honest(given)?.[0] === 422 ? [201, { id: 1 }] : honest(given)),
    /201 for maxLength at \/body\/name/,
  ],
  [
    'an invalid parameter that is accepted',
    (given) =>
      given.request.url?.includes('?') === true && honest(given)?.[0] === 422
        ? [201, { id: 1 }]
        : honest(given),
    /201 for maximum at \/query\/limit/,
  ],
  [
    'a field that is not named',
    (given) =>
      honest(given)?.[0] === 422
        ? [422, { code: 'validation-failed', errors: [{ pointer: '/body' }] }]
        : honest(given),
    /does not name \/body\/name/,
  ],
  [
    'an answer to a request without a key',
    (given) => (honest(given)?.[0] === 401 ? [201, { id: 1 }] : honest(given)),
    /201 without a key/,
  ],
])('finds %s', async (_, react, found) => {
  const { findings } = await walk(react);
  expect(findings.map(describeFinding).join('\n')).toMatch(found);
});
