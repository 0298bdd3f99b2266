import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import {
  formatReference,
  type NewTicketEvent,
  type TicketEventType,
  ticketEventSchemas,
  ticketEventTypes,
} from '@ringback/domain/ticket';
import { type Running, runServices, type ServiceContext } from '@ringback/service-kit';
import {
  createHttpClient,
  createTestDatabase,
  eventually,
  type HttpClient,
  type Mailbox,
  startMailbox,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../index.ts';
import { type Marker, plantMarkers } from '../testing/planted-events.ts';

/** What is staff’s, said here once more: whoever changes the rule of a field has to say so twice. */
const staffFields: { readonly [T in TicketEventType]?: readonly string[] } = {
  TicketOpened: ['candidateCustomerIds'],
  TicketAcknowledged: ['note'],
  TicketAssigned: ['assignee'],
  NoteAdded: ['text'],
  ClockHeld: ['note'],
  InterventionStarted: ['note'],
  EquipmentFaultDetermined: ['note'],
  ReplacementDelivered: ['note'],
  OnSiteVisitDetermined: ['note'],
  ServiceRestored: ['note'],
  WorkLogged: ['minutes', 'role', 'note'],
};
const betweenStaff: readonly TicketEventType[] = ['TicketAssigned', 'NoteAdded', 'WorkLogged'];
const isStaffs = ({ type, field }: Marker): boolean => staffFields[type]?.includes(field) ?? false;

const staffKey = 'a-key-for-the-visibility-test';
const plan = { catalog: 'set-rate-contract', catalogVersion: 1, plan: 'set-rate' };
const coverageOf = (contractId: string) => ({ contractId, standing: 'active', chargeable: false, plan });

const received: { [path: string]: string[] } = { '/staff': [], '/bakery': [] };
const receiver = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => {
    body += chunk;
  });
  request.on('end', () => {
    received[request.url ?? '']?.push(body);
    response.writeHead(204).end();
  });
});
let mailbox: Mailbox;
let database: TestDatabase;
let running: Running;
let staff: HttpClient;
let bakery: HttpClient;
let bakeryKey: string;
// biome-ignore lint/suspicious/noExplicitAny: a description, which has tests of its own.
let described: any;
let own: { id: string; reference: string };
const markers: Marker[] = [];
/** Of another customer: on a ticket of theirs, and of a time when the customer’s own was taken for theirs. */
const foreign: string[] = ['orthodontist'];

beforeAll(async () => {
  database = await createTestDatabase();
  mailbox = await startMailbox();
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  // The timer would take the planted breaches back: it has no answer for customers of its own.
  const played = services.filter(({ name }) => name !== 'sla-timer');
  running = await runServices(played, {
    name: 'customer-view',
    environment: {
      ...{ DATABASE_URL: database.url, PORT: '0', BOOTSTRAP_API_KEY: staffKey, LOG_LEVEL: 'silent' },
      ...{ ALLOW_PRIVATE_WEBHOOKS: 'true', SMTP_URL: mailbox.url },
    },
  });
  staff = createHttpClient(running.url, staffKey);
  described = (await staff.get('/asyncapi.json')).body;
  for (const id of ['bakery', 'orthodontist']) {
    await staff.put(`/v1/customers/${id}`, { name: `The ${id}`, contacts: [] });
    await staff.put(`/v1/contracts/${id}-1`, { customerId: id, plan: 'set-rate-contract/set-rate' });
  }
  const scopes = ['tickets:read', 'tickets:write'];
  bakeryKey = (await staff.post('/v1/api-keys', { name: 'Portal', scopes, customerId: 'bakery' })).body.key;
  bakery = staff.as(bakeryKey);
  const { port } = receiver.address() as { port: number };
  for (const [name, customerId] of [
    ['staff', null],
    ['bakery', 'bakery'],
  ]) {
    const rest = { name, customerId, eventTypes: ticketEventTypes };
    const url = `http://127.0.0.1:${port}/${name}`;
    await staff.post('/v1/subscriptions', { ...rest, channel: 'webhook', url });
    await staff.post('/v1/subscriptions', { ...rest, channel: 'email', email: `${name}@example.org` });
  }
  own = await openTicket('own', null, 777_777);
  const other = await openTicket('foreign', 'orthodontist', 777_778);
  await append(own.id, 'taken', ['CustomerIdentified', 'CustomerReplied'], 'orthodontist');
  await append(own.id, 'own', ['CustomerIdentified'], 'bakery');
  const plain = ticketEventTypes.filter((type) => !['TicketOpened', 'CustomerIdentified'].includes(type));
  // A correction goes only to those whom the alarm has reached.
  const corrections: TicketEventType[] = ['DeadlineReplanned', 'SlaBreachRetracted'];
  for (const [id, name, customerId] of [
    [own.id, 'own', 'bakery'],
    [other.id, 'foreign', 'orthodontist'],
  ] as const)
    await append(
      id,
      name,
      plain.filter((type) => !corrections.includes(type)),
      customerId,
    );
  await everythingIsTold();
  for (const type of corrections) await append(own.id, 'own', [type], 'bakery');
  await everythingIsTold();
}, 60_000);
afterAll(async () => {
  receiver.close();
  await running?.stop();
  await mailbox?.close();
  await database?.drop();
});

const context = () => running.contexts.get('intake') as ServiceContext;

async function openTicket(name: string, customerId: string | null, number: number) {
  const id = randomUUID();
  const reference = formatReference(number);
  const data = plant('TicketOpened', name);
  const coverage =
    customerId === null
      ? { contractId: null, standing: 'none', plan: null, chargeable: true }
      : coverageOf(`${customerId}-1`);
  // As the clocks have it, so that there is something to explain.
  await write(id, 'TicketOpened', { ...data, reference, customerId, coverage, priority: 'important' });
  return { id, reference };
}

async function append(id: string, name: string, types: TicketEventType[], customerId: string): Promise<void> {
  for (const type of types) {
    const data = plant(type, name);
    const identified = { customerId, coverage: coverageOf(`${customerId}-1`), priority: 'important' };
    await write(id, type, type === 'CustomerIdentified' ? { ...data, ...identified } : data);
  }
}

/** As the events are described. */
function examples(type: TicketEventType): { [field: string]: unknown } {
  const {
    ticket: _,
    recordedAt: __,
    ...data
  } = described.channels.feed.messages[type].examples[0].payload.data;
  return data;
}

/** Notes what it plants. */
function plant(type: TicketEventType, name: string) {
  const { data, markers: all } = plantMarkers(type, examples(type), name);
  const isReplaced = ({ field }: Marker) => field === 'priority' && type !== 'PriorityChanged';
  const planted = all.filter((marker) => !isReplaced(marker));
  if (name === 'own') markers.push(...planted);
  // What was said while the ticket was taken for another customer’s stays part of it; who said it does not.
  else
    foreign.push(
      ...planted.filter(({ field }) => name !== 'taken' || field !== 'text').map(({ text }) => text),
    );
  return data;
}

async function write(id: string, type: TicketEventType, data: { [field: string]: unknown }): Promise<void> {
  const event = { type, v: ticketEventSchemas[type].v, data, occurredAt: null } as NewTicketEvent;
  await context().log.append({
    appends: [{ stream: { category: 'ticket', id }, expected: 'any', events: [event] }],
    metadata: { actor: 'api-key:own-actor-emma' },
  });
}

const typesOf = (path: string): string[] => (received[path] ?? []).map((body) => JSON.parse(body).type);

/** Of every event that was appended, whoever asked for it was told. */
async function everythingIsTold(): Promise<void> {
  const { position } = await context().log.head();
  const notification = running.contexts.get('notification') as ServiceContext;
  await eventually(async () => {
    const { rows } = await notification.pool.query(
      `select (select position >= $1 from notification.checkpoints where subscription = 'notification.outbox') as seen,
         (select count(*)::int from notification.notifications where state <> 'delivered') as waiting`,
      [position],
    );
    expect(rows).toEqual([{ seen: true, waiting: 0 }]);
  });
}

/** The whole feed up to now. */
async function readFeed(key: string): Promise<string> {
  const { position } = await context().log.head();
  const response = await fetch(`${running.url}/v1/feed?lastEventId=0`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(30_000),
  });
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    if (new RegExp(`^id: ${position}$`, 'm').test(text)) return text;
  }
  throw new Error(`the feed ended:\n${text}`);
}

/** Every address that is read with GET, filled with what leads somewhere. */
async function addresses(): Promise<string[]> {
  const { body } = await staff.get('/openapi.json');
  const { openedAt } = (await staff.get(`/v1/tickets/${own.id}`)).body;
  const { body: history } = await staff.get(`/v1/tickets/${own.id}/events?limit=200`);
  const instants = [
    openedAt,
    ...history.items.slice(0, 4).map((event: { recordedAt: string }) => event.recordedAt),
  ];
  return Object.entries<{ get?: object }>(body.paths).flatMap(([path, { get }]) => {
    if (get === undefined || path === '/v1/feed' || !path.startsWith('/v1')) return [];
    if (!path.includes('{ticket}')) return [path.replaceAll(/\{\w+\}/g, 'set-rate-contract')];
    return [own.id, own.reference].flatMap((ticket) => {
      const filled = path.replace('{ticket}', ticket).replace('{objective}', 'resolution');
      const isAt = path.endsWith('{ticket}') || path.includes('/clocks');
      return [`${filled}`, ...(isAt ? instants.map((at) => `${filled}?at=${at}`) : [])];
    });
  });
}

/** All that a key is answered: by each address, and by each command that a customer may give. */
async function askAll(client: HttpClient): Promise<{ [exit: string]: string }> {
  const exits: { [exit: string]: string } = {};
  for (const path of await addresses()) {
    const { status, body, headers } = await client.get(
      `${path}${path.endsWith('/events') ? '?limit=200' : ''}`,
    );
    exits[`GET ${path}`] = JSON.stringify([status, body, [...headers]]);
  }
  const key = randomUUID();
  for (const [command, body] of [
    ['reply', { text: 'x' }],
    ['reopen', {}],
    ['close', { reason: 'x' }],
    ['reopen', {}],
  ] as const) {
    for (const headers of [{ 'idempotency-key': `${key}-${command}` }, { 'if-match': '"1"' }] as const) {
      for (const attempt of ['first', 'repeated']) {
        const answer = await client.post(`/v1/tickets/${own.id}/${command}`, body, headers);
        exits[`POST ${command} ${Object.keys(headers)} ${attempt}`] = JSON.stringify([
          answer.status,
          answer.body,
        ]);
      }
    }
  }
  return exits;
}

describe('what only staff may read', () => {
  it('is planted in every field that is staff’s, of every event', () => {
    const planted = Object.groupBy(markers.filter(isStaffs), ({ type }) => type);
    for (const [type, fields] of Object.entries(staffFields)) {
      const found = new Set(planted[type as TicketEventType]?.map(({ field }) => field));
      expect([type, found]).toEqual([type, new Set(fields)]);
    }
    expect(markers.length).toBeGreaterThan(40);
  });

  it('is in no answer to a customer’s key, nor is another customer', async () => {
    const hidden = [...markers.filter(isStaffs).map(({ text }) => text), ...foreign, 'own-actor-emma'];
    const exits = await askAll(bakery);
    for (const [exit, text] of Object.entries(exits))
      expect([exit, hidden.filter((each) => text.includes(each))]).toEqual([exit, []]);
    const ofTickets = Object.entries(exits).filter(
      ([exit]) => exit.includes(own.id) && !exit.includes('?at='),
    );
    for (const [exit, text] of ofTickets) expect([exit, text.slice(0, 4)]).toEqual([exit, '[200']);
    expect(ofTickets).toHaveLength(4);
  });

  it('is in no event of a customer’s feed, nor is another customer; the rest is', async () => {
    const text = await readFeed(bakeryKey);
    for (const marker of markers)
      expect([marker, text.includes(marker.text)]).toEqual([marker, !isStaffs(marker)]);
    for (const each of foreign) expect([each, text.includes(each)]).toEqual([each, false]);
    for (const type of betweenStaff) expect(text).not.toContain(type);
  });

  it('is in no webhook to a customer’s subscription, nor is another customer; the rest is', () => {
    const text = (received['/bakery'] ?? []).join();
    // It was not theirs yet when it was opened.
    const told = markers.filter(({ type }) => type !== 'TicketOpened');
    for (const marker of told)
      expect([marker, text.includes(marker.text)]).toEqual([marker, !isStaffs(marker)]);
    for (const each of foreign) expect([each, text.includes(each)]).toEqual([each, false]);
    const expected = ticketEventTypes.filter(
      (type) => type !== 'TicketOpened' && !betweenStaff.includes(type),
    );
    expect(new Set(typesOf('/bakery'))).toEqual(new Set(expected));
  });

  it('is in no e-mail to a customer’s subscription, nor is another customer', () => {
    const mails = mailbox.mails.filter(({ to }) => to.includes('bakery@example.org'));
    const text = mails.map((mail) => mail.text.replaceAll(/=\r?\n/g, '')).join();
    for (const { text: marker } of markers.filter(isStaffs)) expect(text).not.toContain(marker);
    for (const each of foreign) expect([each, text.includes(each)]).toEqual([each, false]);
    expect(text).toContain('own-ticketopened-subject');
    expect(mails).toHaveLength(received['/bakery']?.length ?? 0);
  });

  it('is read by staff: by history, feed and webhook', async () => {
    const history = JSON.stringify((await staff.get(`/v1/tickets/${own.id}/events?limit=200`)).body);
    const feed = await readFeed(staffKey);
    const webhooks = (received['/staff'] ?? []).join();
    for (const marker of markers) {
      const found = [history, feed, webhooks].map((text) => text.includes(marker.text));
      expect([marker, found]).toEqual([marker, [true, true, true]]);
    }
    expect(new Set(typesOf('/staff'))).toEqual(new Set(ticketEventTypes));
    const { body: ticket } = await staff.get(`/v1/tickets/${own.id}`);
    expect(ticket).toMatchObject({ assignee: 'own-ticketassigned-assignee', workedMinutes: 7_331.25 });
  });
});
