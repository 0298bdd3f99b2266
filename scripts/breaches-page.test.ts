import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Running, runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import {
  createHttpClient,
  createTestDatabase,
  eventually,
  freePort,
  type HttpClient,
  type TestDatabase,
} from '@ringback/test-kit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, runSnippet } from './testing/page.ts';

const page = 'docs/breaches.md';
const key = 'a-key-for-the-breaches-page';
const catalog = `
catalog: quick
name: Quick
timeZone: Europe/London
defaultPriority: normal
priorities: { normal: { name: Normal, rank: 1 } }
calendars:
  always:
    hours: { mon: &day [["00:00", "24:00"]], tue: *day, wed: *day, thu: *day, fri: *day, sat: *day, sun: *day }
plans:
  quick: { name: Quick, objectives: { normal: [{ metric: response, calendar: always, max: PT0.5S }] } }
`;

let database: TestDatabase;
let running: Running;
let client: HttpClient;
beforeAll(async () => {
  database = await createTestDatabase();
  const environment = { DATABASE_URL: database.url, PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  running = await runServices(services, {
    name: 'breaches',
    environment: { ...environment, ALLOW_PRIVATE_WEBHOOKS: 'true' },
  });
  client = createHttpClient(running.url, key);
  await client.put('/v1/catalogs/quick', catalog, { 'content-type': 'application/yaml' });
  await client.put('/v1/customers/bakery', { name: 'Bakery' });
  await client.put('/v1/contracts/bakery', { customerId: 'bakery', plan: 'quick/quick' });
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
});

/** A ticket that no one answers; its reference, once the breach is recorded. */
async function breach(): Promise<{ id: string; reference: string }> {
  const { body } = await client.post('/v1/tickets', { subject: 'No dial tone', customerId: 'bakery' });
  await eventually(async () => {
    const { items } = (await client.get(`/v1/breaches?ticketId=${body.id}`)).body;
    expect(items).toHaveLength(1);
  });
  return body;
}

describe('the page on breaches', () => {
  it('shows a receiver that believes what is signed, once, and nothing else', async () => {
    const source = blocksOf(page, 'ts').find((block) => block.includes('standardwebhooks')) ?? '';
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/`;
    const { body: subscription } = await client.post('/v1/subscriptions', {
      ...{ name: 'Page', channel: 'webhook', url },
    });
    const receiver = runSnippet(source, { WEBHOOK_SECRET: subscription.secret, PORT: String(port) });
    try {
      await eventually(async () => expect((await fetch(url, { method: 'POST' })).status).toBe(401));
      const trial = await client.post(`/v1/subscriptions/${subscription.id}/test`);
      expect(trial.body).toMatchObject({ outcome: 'delivered', status: 204 });
      const { reference } = await breach();
      const told = `SlaBreached ${reference} response`;
      await eventually(() => expect(receiver.lines()).toContain(told));

      const post = async (id: string, body: string, secret: string) => {
        const at = new Date();
        const headers = {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
          'webhook-signature': new Webhook(secret).sign(id, at, body),
        };
        return (await fetch(url, { method: 'POST', body, headers })).status;
      };
      const event = (id: string) =>
        JSON.stringify({
          id,
          type: 'SlaBreached',
          data: { ticket: { reference: 'RB-1' }, objective: 'restore' },
        });
      const [id, other] = [randomUUID(), randomUUID()];
      expect(await post('a', event(id), subscription.secret)).toBe(204);
      expect(await post('a', event(id), subscription.secret)).toBe(204);
      const foreign = `whsec_${Buffer.from(randomUUID()).toString('base64')}`;
      expect(await post('b', event(other), foreign)).toBe(401);
      expect(receiver.lines().filter((line) => line === 'SlaBreached RB-1 restore')).toHaveLength(1);
      expect(receiver.lines().filter((line) => line === told)).toHaveLength(1);
    } finally {
      await receiver.stop();
    }
  });

  it('shows how to follow the feed, and to go on after a break', async () => {
    const [first = '', resume = ''] = blocksOf(page, 'sh').filter((block) => block.includes('/v1/feed'));
    const folder = mkdtempSync(join(tmpdir(), 'ringback-page-'));
    const run = (script: string) =>
      promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
        cwd: folder,
        env: { ...process.env, RINGBACK: running.url, AUTH: `Authorization: Bearer ${key}` },
      });
    const seen = () => {
      const text = readFileSync(join(folder, 'feed.txt'), 'utf8');
      return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = '']) => JSON.parse(data));
    };
    try {
      const before = await breach();
      await run(first);
      expect(seen().map(({ subject }) => subject)).toContain(before.id);
      const meanwhile = await breach();
      await run(resume);
      const subjects = seen().map(({ subject }) => subject);
      expect(subjects).toContain(meanwhile.id);
      expect(new Set(subjects).size).toBe(subjects.length);
      expect(new Set(seen().map(({ type }) => type))).toEqual(new Set(['SlaBreached']));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('names the events, their data and the topics as /asyncapi.json does', async () => {
    const text = readFileSync(new URL(`../${page}`, import.meta.url), 'utf8');
    const { channels, components } = (await client.get('/asyncapi.json')).body;
    expect(Object.keys(channels.breaches.messages).sort()).toEqual(
      [...text.matchAll(/^\| `(\w+)` \|/gm)].map(([, type]) => type).sort(),
    );
    for (const [, type = '', fields = ''] of text.matchAll(/^\| `(\w+)` \|.*\|([^|]*)\|$/gm)) {
      for (const [, field = ''] of fields.matchAll(/`(\w+)`/g))
        expect(components.schemas[type].properties.data.properties, type).toHaveProperty(field);
    }
    for (const [topic] of text.matchAll(/ringback\.(?!test)[a-z-]+/g))
      expect(Object.values<{ address: string }>(channels).map(({ address }) => address)).toContain(topic);
    for (const [header] of text.matchAll(/\bce_\w+/g))
      expect(channels.breaches.messages.SlaBreached.headers.properties).toHaveProperty(header);
  });
});
