import { createServer } from 'node:http';
import { ticketEventTypes } from '@ringback/domain/ticket';
import { type Running, runServices } from '@ringback/service-kit';
import {
  createHttpClient,
  createMessageCheck,
  createTestDatabase,
  eventually,
  type HttpClient,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../index.ts';

interface Sent {
  type: string;
  payload: { type: string; subject: string; time: string };
  headers: object;
}

const key = 'a-key-for-the-description-test';
const received: Sent[] = [];
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    const payload = JSON.parse(body);
    received.push({ type: payload.type, payload, headers: request.headers });
    response.writeHead(204).end();
  });
});
let database: TestDatabase;
let running: Running;
let client: HttpClient;
beforeAll(async () => {
  database = await createTestDatabase();
  running = await runServices(services, {
    name: 'described',
    environment: {
      DATABASE_URL: database.url,
      PORT: '0',
      BOOTSTRAP_API_KEY: key,
      ALLOW_PRIVATE_WEBHOOKS: 'true',
      LOG_LEVEL: 'silent',
    },
  });
  client = createHttpClient(running.url, key);
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  receiver.close();
  await running?.stop();
  await database?.drop();
});

/** A provider whose promises last a second or a working day. */
const catalog = (urgent: string) => `
catalog: quick
name: Quick
timeZone: Europe/London
defaultPriority: normal
priorities: { normal: { name: Normal, rank: 2 }, urgent: { name: Urgent, rank: 1 } }
calendars:
  always:
    hours: { mon: &day [["00:00", "24:00"]], tue: *day, wed: *day, thu: *day, fri: *day, sat: *day, sun: *day }
plans:
  quick:
    name: Quick
    agreedTurnaround: [normal]
    objectives:
      normal: [{ metric: response, calendar: always, target: PT0.5S, max: PT1S }]
      urgent: [{ metric: response, calendar: always, max: ${urgent} }]
`;

async function ask(method: 'post' | 'put', path: string, body: unknown, headers = {}) {
  const answer = await client[method](path, body, headers);
  expect([path, answer.status < 300, answer.status < 300 || answer.body]).toEqual([path, true, true]);
  return answer.body;
}

const publish = (urgent: string) =>
  ask('put', '/v1/catalogs/quick', catalog(urgent), { 'content-type': 'application/yaml' });

const open = async (body: object): Promise<string> =>
  (await ask('post', '/v1/tickets', { subject: 'No dial tone', customerId: 'bakery', ...body })).id;

async function command(id: string, ...commands: [name: string, body?: object][]): Promise<void> {
  for (const [name, body] of commands) await ask('post', `/v1/tickets/${id}/${name}`, body ?? {});
}

/** The whole feed up to now, as what stands on the wire. */
async function readFeed(enough: (sent: Sent[]) => boolean): Promise<Sent[]> {
  const response = await fetch(`${running.url}/v1/feed?lastEventId=0`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(30_000),
  });
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    const sent = [...text.matchAll(/^id: (\d+)\nevent: (\w+)\ndata: (.*)\n\n/gm)].map(
      ([, id, event = '', data = '']) => ({ type: event, payload: JSON.parse(data), headers: { id, event } }),
    );
    if (enough(sent)) return sent;
  }
  throw new Error(`the feed ended:\n${text}`);
}

async function ring(hook: string, fields: { [name: string]: string }): Promise<void> {
  const body = new URLSearchParams({ direction: 'in', from: '493023125741', to: '492214710334', ...fields });
  expect((await fetch(hook, { method: 'POST', body })).status).toBe(200);
}

/** Lets everything happen that can happen to tickets. */
async function playAll(): Promise<void> {
  await publish('PT8H');
  const contacts = [{ name: 'Till', phones: ['+49 30 23125741'] }];
  await ask('put', '/v1/customers/bakery', { name: 'Bakery', contacts });
  await ask('put', '/v1/contracts/bakery', { customerId: 'bakery', plan: 'quick/quick' });
  const { port } = receiver.address() as { port: number };
  const subscription = { name: 'All', channel: 'webhook', url: `http://127.0.0.1:${port}/` };
  const { id } = await ask('post', '/v1/subscriptions', { ...subscription, eventTypes: ticketEventTypes });
  await ask('post', `/v1/subscriptions/${id}/test`, {});

  const late = await open({});
  const urgent = await open({ priority: 'urgent' });
  await command(
    urgent,
    ['assign', { assignee: 'emma' }],
    ['note', { text: 'Line 3.' }],
    ['hold', { reason: 'awaiting-customer', note: 'Asked.' }],
    ['release', { reason: 'awaiting-customer' }],
    ['reply', { from: 'customer', text: 'Line 3 only.' }],
  );
  await publish('PT9H');
  await eventually(async () => expect(await typesOf(urgent)).toContain('DeadlineReplanned'));
  await command(
    urgent,
    ['acknowledge', { note: 'Seen.' }],
    ['reply', { text: 'We are on it.' }],
    ['start-intervention'],
    ['determine-equipment-fault', { equipment: 'Gateway' }],
    ['dispatch-replacement', { carrier: 'Parcels' }],
    ['replacement-delivered'],
    ['determine-on-site-visit'],
    ['engineer-arrived', { engineer: 'Christopher' }],
    ['restore', { note: 'Works.' }],
    ['log-work', { minutes: 25, role: 'technician' }],
    ['mark-out-of-scope', { reason: 'Relocation.' }],
    ['set-priority', { priority: 'normal' }],
    ['agree-turnaround', { dueAt: new Date(Date.now() + 86_400_000).toISOString() }],
    ['resolve', { resolution: 'Replaced.' }],
    ['reopen', { reason: 'Again.' }],
    ['resolve'],
    ['close'],
  );
  await command(await open({ priority: 'urgent' }), ['decline', { reason: 'Third-party network.' }]);
  const unknown = await ask('post', '/v1/tickets', { subject: 'Who is it?', phone: '+49 30 99999999' });
  await command(unknown.id, ['identify-customer', { customerId: 'bakery', priority: 'urgent' }]);

  const pbx = { adapter: 'zammad-cti', name: 'PBX', defaultCountry: 'DE', timeZone: 'Europe/Berlin' };
  const { webhookUrl } = await ask('post', '/v1/integrations', { ...pbx, catalog: 'quick' });
  await ring(webhookUrl, { event: 'newCall', callId: '1' });
  await ring(webhookUrl, { event: 'newCall', callId: '2' });
  await ring(webhookUrl, { event: 'answer', callId: '2', user: 'emma' });

  // A breach that no one was told of yet is not told at all once it is taken back.
  await eventually(() =>
    expect(received.map(({ type, payload }) => [type, payload.subject])).toContainEqual([
      'SlaBreached',
      late,
    ]),
  );
  const { openedAt } = (await client.get(`/v1/tickets/${late}`)).body;
  await command(late, ['acknowledge', { occurredAt: openedAt }]);
}

async function typesOf(ticketId: string): Promise<string[]> {
  const { body } = await client.get(`/v1/tickets/${ticketId}/events`);
  return body.items.map(({ type }: { type: string }) => type);
}

describe('what is sent', () => {
  it('is what /asyncapi.json says, for every event that there is, in the feed and as a webhook', async () => {
    const check = createMessageCheck((await client.as(null).get('/asyncapi.json')).body);
    await playAll();
    const hasAll = (sent: Sent[]) => {
      const types = new Set(sent.map(({ type }) => type));
      return ticketEventTypes.every((type) => types.has(type));
    };
    const fed = await readFeed(hasAll);
    for (const message of fed) expect([message, check('feed', message)]).toEqual([message, []]);
    await eventually(() => {
      expect(received.map(({ type }) => type)).toEqual(
        expect.arrayContaining([...ticketEventTypes, 'ringback.test']),
      );
    });
    for (const message of received) expect([message, check('webhooks', message)]).toEqual([message, []]);
  });

  it('can be asked for as /asyncapi.json says', async () => {
    const { body: events } = await client.get('/asyncapi.json');
    const { body: routes } = await client.get('/openapi.json');
    const query = routes.paths['/v1/feed'].get.parameters.filter(
      (each: { in: string }) => each.in === 'query',
    );
    expect(Object.keys(events.operations.sendFeed.bindings.http.query.properties).sort()).toEqual(
      query.map(({ name }: { name: string }) => name).sort(),
    );
  });
});
