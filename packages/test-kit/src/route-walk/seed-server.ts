import { createHttpClient, type HttpClient } from '../http/http-client.ts';
import type { Operation } from './operations.ts';
import type { KnownValues } from './values/valid-values.ts';

/** A running server with one of everything, so that requests of a walk find what they ask for. */
export interface SeededServer {
  keys: { administrator: string; reader: string; customer: string };
  /** What exists now, by the names under which an operation asks for it; what the operation uses up is made again. */
  known(operation: Pick<Operation, 'method' | 'path'>): Promise<KnownValues>;
}

const catalogs = ['cat-levels', 'set-rate-contract', 'support-subscription', 'technical-support-centre'];
const calendar = 'cat-levels.working';
/** Where nothing listens: what is sent there fails at once. */
const nowhere = 'http://127.0.0.1:9/hooks';
const everywhere: KnownValues = {
  customerId: ['corner-bakery', 'garage'],
  contractId: ['corner-bakery', 'garage'],
  contactId: ['reception'],
  catalog: catalogs,
  plan: ['cat-levels/cat-1', 'cat-levels/cat-2', 'cat-1', 'cat-2'],
  priority: ['urgent', 'important', 'normal', 'low'],
  phone: ['+44 20 7946 0000'],
  phones: ['020 7946 0000', '+44 20 7946 0001'],
  country: ['GB', 'DE'],
  defaultCountry: ['GB', 'DE'],
  timeZone: ['Europe/London', 'America/New_York'],
  calendar: ['working', calendar],
  url: [`${nowhere}/1`, `${nowhere}/2`],
  duration: ['PT2H', 'P2BD', 'P1D'],
  within: ['PT24H', 'P30D'],
  groupBy: ['customer,objective', 'month', 'plan'],
  types: ['SlaBreached', 'TicketOpened,SlaBreached'],
  adapter: ['zammad-cti'],
  lastEventId: ['0', '1'],
  occurrence: ['1'],
  events: [[{ type: 'TicketOpened', at: '2026-03-02T09:00:00.000Z' }]],
  dueAt: ['2099-01-05T12:00:00.000Z'],
  role: ['technician'],
  'if-match': ['*', '"1"', '"1", "2", "3"'],
  scopes: [['tickets:read']],
  eventTypes: [['SlaBreached'], []],
};

/** The commands that a ticket must have seen before it takes one. */
const before: { [command: string]: [command: string, body: object][] } = {
  release: [['hold', { reason: 'awaiting-customer' }]],
  'dispatch-replacement': [['determine-equipment-fault', {}]],
  'replacement-delivered': [
    ['determine-equipment-fault', {}],
    ['dispatch-replacement', {}],
  ],
  'engineer-arrived': [['determine-on-site-visit', {}]],
  reopen: [['resolve', {}]],
  close: [['resolve', {}]],
};

/** Makes customers, contracts, tickets and the rest through the API. Rejects when the server does not take them. */
export async function seedServer(url: string, administrator: string): Promise<SeededServer> {
  const client = createHttpClient(url, administrator);
  await seedCustomers(client);
  const reader = await made(client, '/v1/api-keys', { name: 'Reader', scopes: ['tickets:read'] });
  const scopes = ['tickets:read', 'tickets:write'];
  const customer = await made(client, '/v1/api-keys', {
    name: 'Portal',
    scopes,
    customerId: 'corner-bakery',
  });
  const integration = await made(client, '/v1/integrations', pbx);
  const token = new URL(integration.webhookUrl).pathname.split('/').at(-1) ?? '';
  await made(client, '/v1/subscriptions', { ...webhook, eventTypes: ['TicketOpened'] });
  for (const subject of ['No outgoing calls', 'Crackling'])
    await made(client, '/v1/tickets', { customerId: 'corner-bakery', subject });
  return {
    keys: { administrator, reader: reader.key, customer: customer.key },
    async known({ method, path }) {
      const own = await knownOf(client, `${method} ${path}`, token);
      return { ...everywhere, ...own, ...(method === 'GET' ? await cursorsOf(client, path, own) : {}) };
    },
  };
}

const pbx = {
  adapter: 'zammad-cti',
  name: 'Main PBX',
  defaultCountry: 'GB',
  timeZone: 'Europe/London',
  catalog: 'cat-levels',
};
const webhook = { channel: 'webhook', name: 'Portal', url: `${nowhere}/0` };

async function seedCustomers(client: HttpClient): Promise<void> {
  for (const [id, plan] of [
    ['corner-bakery', 'cat-levels/cat-2'],
    ['garage', 'contract-levels/business'],
    ['bakery', 'technical-support-centre/office-hours'],
  ]) {
    const contacts = [
      { id: 'reception', name: 'Reception', phones: ['020 7946 0000'], emails: [`r@${id}.example`] },
    ];
    await put(client, `/v1/customers/${id}`, { name: id, country: 'GB', contacts });
    await put(client, `/v1/contracts/${id}`, { customerId: id, plan });
  }
}

async function knownOf(client: HttpClient, id: string, token: string): Promise<KnownValues> {
  const command = /^POST \/v1\/tickets\/\{ticket\}\/([a-z-]+)$/.exec(id)?.[1];
  if (command !== undefined)
    return { ticket: [await preparedTicket(client, command), await preparedTicket(client, command)] };
  if (id.includes('/clocks'))
    return { ticket: [await preparedTicket(client, 'clocks')], objective: ['response'] };
  const resource = /^\w+ \/v1\/([a-z-]+)/.exec(id)?.[1] ?? '';
  const twice = async (make: () => Promise<string>) => ({ id: [await make(), await make()] });
  switch (resource) {
    case 'tickets':
    case 'breaches':
    case 'feed':
      return ticketsOf(await list(client, '/v1/tickets'));
    case 'customers':
    case 'contracts':
      // What is opened for the other customers needs their contracts as they are.
      return { id: ['garage'], customerId: ['garage'] };
    case 'catalogs': {
      const { content } = (await client.get('/v1/catalogs/cat-levels')).body;
      return { id: ['cat-levels'], version: ['1'], body: [content, JSON.stringify(content)] };
    }
    case 'calendars':
      return await knownOfCalendar(client, id);
    case 'integrations':
      return { ...(await twice(async () => (await made(client, '/v1/integrations', pbx)).id)), body: [pbx] };
    case 'subscriptions':
      return {
        ...(await twice(async () => (await made(client, '/v1/subscriptions', webhook)).id)),
        body: [webhook],
      };
    case 'api-keys':
      return await twice(
        async () => (await made(client, '/v1/api-keys', { name: 'Spare', scopes: ['tickets:read'] })).id,
      );
    case 'on-call':
      for (const name of ['night', 'day'])
        await put(client, `/v1/on-call/${name}`, { priorities: ['urgent'], email: 'night@provider.example' });
      return { id: ['night', 'day'], body: [{ priorities: ['urgent'], email: 'night@provider.example' }] };
    case 'deliveries':
      await client.as(null).post(`/v1/webhooks/zammad-cti/${token}`, { event: 'nonsense' });
      return { id: (await list(client, '/v1/deliveries')).map((each) => String(each.id)) };
    case 'notifications': {
      const items = await list(client, '/v1/notifications');
      return { id: items.map((each) => each.id), subscriptionId: items.map((each) => each.subscriptionId) };
    }
    case 'webhooks':
      return { integration: [token] };
    default:
      return {};
  }
}

async function knownOfCalendar(client: HttpClient, id: string): Promise<KnownValues> {
  if (id.endsWith('/exceptions/{date}')) {
    const dates = ['2027-03-01', '2027-03-02', '2027-03-03'];
    for (const date of dates)
      await client.post(`/v1/calendars/${calendar}/exceptions`, { date, hours: [], reason: 'Closed' });
    return { id: [calendar], date: dates };
  }
  if (id.includes('/feed') && !id.startsWith('PUT'))
    await client.put(`/v1/calendars/${calendar}/feed`, { url: `${nowhere}/feed.ics` });
  return { id: [calendar] };
}

/** What a ticket has to be for a command, where it is not just any. */
const openings: { [command: string]: object } = {
  'identify-customer': { phone: '+44 20 7946 0999' },
  'agree-turnaround': { customerId: 'bakery', priority: 'low' },
};

async function preparedTicket(client: HttpClient, command: string): Promise<string> {
  const opening = openings[command] ?? { customerId: 'corner-bakery' };
  const ticket = (await made(client, '/v1/tickets', { subject: `For ${command}`, ...opening })).id;
  for (const [name, body] of before[command] ?? []) await made(client, `/v1/tickets/${ticket}/${name}`, body);
  return ticket;
}

const ticketsOf = (items: Item[]): KnownValues => ({
  ticket: items.flatMap(({ id, reference }) => [id, reference]),
  ticketId: items.map(({ id }) => id),
  refersToTicketId: items.map(({ id }) => id),
});

/** A cursor of the list itself, and one of another list. */
async function cursorsOf(client: HttpClient, path: string, own: KnownValues): Promise<KnownValues> {
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => String(own[name]?.[0] ?? 'nonsense'));
  const cursors: string[] = [];
  for (const each of [address, '/v1/tickets', '/v1/customers']) {
    const { body } = await client.get(`${each}?limit=1`);
    if (typeof body?.next === 'string') cursors.push(body.next);
  }
  return cursors.length === 0 ? {} : { cursor: cursors };
}

// biome-ignore lint/suspicious/noExplicitAny: a test reads whatever an answer holds, and fails where it is not there.
type Item = any;

async function made(client: HttpClient, path: string, body: object): Promise<Item> {
  const answer = await client.post(path, body);
  if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

async function put(client: HttpClient, path: string, body: object): Promise<void> {
  const answer = await client.put(path, body);
  if (answer.status >= 300) throw new Error(`PUT ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

async function list(client: HttpClient, path: string): Promise<Item[]> {
  const { body } = await client.get(`${path}?limit=20`);
  return body.items ?? [];
}
