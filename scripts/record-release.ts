/**
 * `node scripts/record-release.ts FOLDER`: fills a database through HTTP and writes what a later release is held to:
 * `database.sql` (by pg_dump) and `answers.json`. Needs `DATABASE_URL` of an empty database and a pg_dump that is no older
 * than its server.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';

const key = 'a-key-of-the-recorded-release';
const day = '[["00:00", "24:00"]]';
const catalog = `
catalog: quick
name: Quick
timeZone: Europe/London
defaultPriority: normal
priorities: { normal: { name: Normal, rank: 3 }, soon: { name: Soon, rank: 2 }, urgent: { name: Urgent, rank: 1 } }
calendars:
  always: { hours: { mon: ${day}, tue: ${day}, wed: ${day}, thu: ${day}, fri: ${day}, sat: ${day}, sun: ${day} } }
plans:
  quick:
    name: Quick
    objectives:
      normal:
        - { metric: response, calendar: always, target: PT80000H, max: PT87600H }
        - { metric: restore, calendar: always, max: PT87600H }
      soon: [{ metric: response, calendar: always, max: PT20S }]
      urgent: [{ metric: response, calendar: always, target: PT0.5S, max: PT1S }]
`;
const lists = [
  '/v1/customers',
  '/v1/contracts',
  '/v1/catalogs',
  '/v1/subscriptions',
  '/v1/integrations',
  '/v1/on-call',
  '/v1/api-keys',
  '/v1/calendars/quick.always/exceptions',
  '/v1/deliveries',
  '/v1/breaches',
];

const folder = process.argv[2];
const databaseUrl = process.env.DATABASE_URL;
if (folder === undefined || databaseUrl === undefined) {
  process.stderr.write('DATABASE_URL=… node scripts/record-release.ts FOLDER\n');
  process.exit(2);
}

const running = await runServices(services, {
  name: 'release',
  environment: {
    DATABASE_URL: databaseUrl,
    PORT: '0',
    BOOTSTRAP_API_KEY: key,
    SECRET_KEY: 'a-secret-key-of-the-recorded-release-0123',
    ALLOW_PRIVATE_WEBHOOKS: 'true',
    LOG_LEVEL: 'error',
  },
});

// biome-ignore lint/suspicious/noExplicitAny: answers are recorded as they come
async function ask(method: string, path: string, body?: unknown, headers = {}): Promise<any> {
  const isText = typeof body === 'string';
  const response = await fetch(`${running.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': isText ? 'application/yaml' : 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

await ask('PUT', '/v1/catalogs/quick', catalog);
await ask('POST', '/v1/calendars/quick.always/exceptions', {
  date: '2099-12-24',
  hours: [],
  reason: 'Works outing',
});
for (const [id, name, phone] of [
  ['bakery', 'Bakery', '+493023125741'],
  ['dentist', 'Dentist', '+493023125742'],
]) {
  await ask('PUT', `/v1/customers/${id}`, {
    name,
    contacts: [{ name: 'Till', phones: [phone], emails: [`till@${id}.example`] }],
  });
  await ask('PUT', `/v1/contracts/${id}`, { customerId: id, plan: 'quick/quick' });
}
const subscription = await ask('POST', '/v1/subscriptions', {
  name: 'Portal',
  channel: 'webhook',
  url: 'http://127.0.0.1:9/',
});
await ask('PUT', '/v1/on-call/duty', {
  catalog: 'quick',
  priorities: ['urgent'],
  email: 'duty@provider.example',
});
const reader = await ask('POST', '/v1/api-keys', { name: 'Reader', scopes: ['tickets:read'] });
const portal = await ask('POST', '/v1/api-keys', {
  name: 'Portal',
  scopes: ['tickets:read', 'tickets:write'],
  customerId: 'bakery',
});
const integration = await ask('POST', '/v1/integrations', {
  adapter: 'zammad-cti',
  name: 'PBX',
  defaultCountry: 'DE',
  timeZone: 'Europe/Berlin',
  catalog: 'quick',
});

const open = async (subject: string, more = {}) =>
  await ask('POST', '/v1/tickets', { customerId: 'bakery', subject, ...more });
const command = (ticket: { id: string }, name: string, body = {}) =>
  ask('POST', `/v1/tickets/${ticket.id}/${name}`, body);

const idempotent = { customerId: 'bakery', subject: 'Opened once' };
const once = await ask('POST', '/v1/tickets', idempotent, { 'idempotency-key': 'recorded-1' });
const overdue = await open('A clock that runs out while nothing runs', { priority: 'soon' });
const untouched = await open('A clock that runs for years');
const held = await open('Held');
await command(held, 'hold', { reason: 'manufacturer', note: 'Asked them.' });
const met = await open('Met');
await command(met, 'acknowledge');
await command(met, 'assign', { assignee: 'emma' });
await command(met, 'note', { text: 'Köln, line 3.' });
await command(met, 'reply', { text: 'We look at it.', from: 'agent' });
await command(met, 'restore', { note: 'Restarted.' });
await command(met, 'log-work', { minutes: 15, note: 'On the phone' });
await command(met, 'resolve', { resolution: 'Restarted the trunk.' });
const closed = await open('Closed');
await command(closed, 'close', { reason: 'A duplicate.' });
const declined = await open('Declined');
await command(declined, 'decline', { reason: 'Not ours.' });
const breached = await open('Breached', { priority: 'urgent', customerId: 'dentist' });
const reopened = await open('Reopened');
await command(reopened, 'resolve', { resolution: 'Done.' });
await command(reopened, 'reopen', { reason: 'Not done.' });
const call = { direction: 'in', callId: 'call-1', from: '493023125742', to: '492214710334' };
for (const fields of [
  { event: 'newCall', ...call },
  { event: 'hangup', ...call, cause: 'cancel' },
]) {
  await fetch(integration.webhookUrl, { method: 'POST', body: new URLSearchParams(fields) });
}
await fetch(integration.webhookUrl, {
  method: 'POST',
  body: '{"half',
  headers: { 'content-type': 'application/json' },
});
await pause(4_000);

const tickets = (await ask('GET', '/v1/tickets?limit=200')).items as { id: string }[];
const answers: { [path: string]: unknown } = {};
for (const path of lists) answers[path] = (await ask('GET', `${path}`)).items;
const histories: { [id: string]: unknown } = {};
for (const { id } of tickets) histories[id] = (await ask('GET', `/v1/tickets/${id}/events?limit=200`)).items;
const recorded = {
  key,
  readerKey: reader.key,
  portalKey: portal.key,
  subscriptionSecret: subscription.secret,
  webhookPath: new URL(integration.webhookUrl).pathname,
  idempotent: { key: 'recorded-1', body: idempotent, answer: once },
  marked: { overdue: overdue.id, untouched: untouched.id, held: held.id, breached: breached.id },
  tickets,
  histories,
  answers,
};
await running.stop();
mkdirSync(folder, { recursive: true });
const sql = execFileSync('pg_dump', ['--inserts', '--no-owner', '--no-privileges', databaseUrl], {
  maxBuffer: 2 ** 30,
});
writeFileSync(join(folder, 'database.sql.gz'), gzipSync(sql, { level: 9 }));
writeFileSync(join(folder, 'answers.json.gz'), gzipSync(JSON.stringify(recorded), { level: 9 }));
process.stdout.write(`${tickets.length} tickets\n`);
process.exit(0);
