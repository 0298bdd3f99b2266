import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createServerProcesses,
  type ServerProcess,
  type ServerProcesses,
} from '../testing/server-process.ts';

let processes: ServerProcesses;
let server: ServerProcess;
/** Every secret that the server has given out, with the texts that contain it in other spellings. */
const secrets: string[] = [];

beforeAll(async () => {
  processes = await createServerProcesses();
  server = await processes.start({ LOG_LEVEL: 'trace' });
});
afterAll(() => processes.destroy());

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${server.url}${path}`, { redirect: 'manual', ...init });

async function makeSecrets() {
  const { client } = server;
  const key = (await client.post('/v1/api-keys', { name: 'Reader', scopes: ['tickets:read'] })).body.key;
  const hook = (
    await client.post('/v1/integrations', {
      adapter: 'zammad-cti',
      name: 'PBX',
      defaultCountry: 'DE',
      timeZone: 'Europe/Berlin',
    })
  ).body.webhookUrl;
  const subscription = await client.post('/v1/subscriptions', {
    name: 'Portal',
    channel: 'webhook',
    url: 'https://portal.example/hook',
  });
  const token = new URL(hook).pathname.split('/').at(-1) as string;
  secrets.push(key, token, subscription.body.secret, processes.key);
  return { key, token };
}

describe('A secret', () => {
  it('stands neither in the log nor in an answer, wherever a request puts it', async () => {
    const { key, token } = await makeSecrets();
    const answers: string[] = [];
    const misplaced = [
      `/v1/webhooks/zammad-cti/${token}/extra`,
      `/v1/webhooks/zammad-cti//${token}`,
      `/v1/webhooks//zammad-cti/${token}`,
      `/v1/webhook/zammad-cti/${token}`,
      `/v1/webhooks/zammad/${token}`,
      `/v1/WEBHOOKS/zammad-cti/${token}`,
      `/webhooks/zammad-cti/${token}`,
      `/v1/webhooks/${token}`,
      `/v1/webhooks/${token}/zammad-cti`,
      `/v1/webhooks/zammad-cti/${token}%00`,
      `/v1/webhooks/zammad-cti/${token}%`,
      `/v1%2Fwebhooks%2Fzammad-cti%2F${token}`,
      `/${token}`,
      `/${key}`,
      `/v1/tickets/${key}`,
      `/v1/tickets/${key}/events`,
      `/v1/tickets/${encodeURIComponent(key)}%`,
      `/v1/customers/${key}`,
      `/v1/tickets?key=${key}`,
      `/v1/tickets?cursor=${key}`,
      `/v1/feed?lastEventId=${key}`,
      `/v1/catalogs/${key}?version=${token}`,
      `/problems/${key}`,
      `/docs/${token}`,
    ];
    for (const path of misplaced) {
      for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
        const response = await ask(path, { method, headers: { authorization: `Bearer ${processes.key}` } });
        answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
      }
    }
    for (const authorization of [
      key,
      `Basic ${key}`,
      `Bearer  ${key}`,
      `Bearer ${key}${key}x`,
      `Token ${token}`,
    ]) {
      const response = await ask('/v1/tickets', { headers: { authorization } });
      answers.push(`${response.status} ${await response.text()}`);
    }
    const headers = {
      authorization: `Bearer ${processes.key}`,
      'content-type': 'application/json',
      'x-request-id': key,
    };
    answers.push(await (await ask(`/v1/tickets?${key}=1`, { headers })).text());
    for (const body of [
      `{"subject": "x", "${key}": 1`,
      `{"subject": "x", "${key}": 1}`,
      JSON.stringify({ subject: 'x', customerId: 'x' }),
    ]) {
      const response = await ask('/v1/tickets', { method: 'POST', headers, body });
      answers.push(`${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`);
    }
    const everything = `${server.output()}\n${answers.join('\n')}`;
    for (const secret of secrets) {
      expect(
        everything.includes(secret),
        everything.split('\n').find((line) => line.includes(secret)),
      ).toBe(false);
    }
    expect(answers.filter((answer) => answer.startsWith('5'))).toEqual([]);
  });

  it('is shown in an answer that must not be stored', async () => {
    const { client } = server;
    for (const [path, body] of [
      ['/v1/api-keys', { name: 'Other', scopes: ['tickets:read'] }],
      ['/v1/subscriptions', { name: 'Other', channel: 'webhook', url: 'https://portal.example/other' }],
    ] as const) {
      const answer = await client.post(path, body);
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([201, 'no-store']);
    }
  });
});

describe('Every request', () => {
  it('is one line of the log, with its route, its status and its key; health and metrics are none', async () => {
    const { body } = await server.client.get('/v1/api-keys');
    const id = body.items.find(({ name }: { name: string }) => name === 'Bootstrap').id;
    await ask('/v1/tickets', {
      headers: { authorization: `Bearer ${processes.key}`, 'x-request-id': 'line-1' },
    });
    for (const path of ['/health/live', '/health/ready', '/metrics']) {
      await ask(path, { headers: { 'x-request-id': `unseen-${path.slice(1, 4)}` } });
    }
    const lines = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const own = lines.filter((line) => line.includes('"line-1"'));
    expect(own.map((line) => JSON.parse(line))).toMatchObject([
      { requestId: 'line-1', method: 'GET', route: '/v1/tickets', status: 200, keyId: id, msg: 'request' },
    ]);
    expect(lines.filter((line) => line.includes('unseen-'))).toEqual([]);
    // A field that stands twice in a line is read by each tool in its own way.
    for (const line of lines) {
      const keys = [...line.matchAll(/(?<=[{,])"(\w+)":/g)].map(([, name]) => name);
      const top = Object.keys(JSON.parse(line));
      for (const name of ['service', 'process', 'requestId', 'level', 'msg']) {
        expect(keys.filter((each) => each === name).length, line).toBe(top.includes(name) ? 1 : 0);
      }
    }
  });
});
