import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type Running, runServices } from '@ringback/service-kit';
import {
  createHttpClient,
  createTestDatabase,
  eventually,
  type HttpClient,
  type TestDatabase,
} from '@ringback/test-kit';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { services } from '../index.ts';

interface Event {
  type: string;
  version: number;
  data: { objective?: string };
}

interface Ticket {
  id: string;
  version: number;
  customerId: string | null;
}

/** What `scripts/record-release.ts` wrote of a release. */
interface Recorded {
  key: string;
  readerKey: string;
  portalKey: string;
  webhookPath: string;
  idempotent: { key: string; body: object; answer: Ticket };
  marked: { overdue: string; untouched: string; held: string; breached: string };
  tickets: Ticket[];
  histories: { [id: string]: Event[] };
  answers: { [path: string]: object[] };
}

const fixtures = new URL('./fixtures/', import.meta.url);
const releases = readdirSync(fixtures).filter((name) => name.startsWith('release-'));
const unzip = (path: string) => gunzipSync(readFileSync(new URL(path, fixtures))).toString('utf8');

describe.each(releases)('A database of %s', (release) => {
  const recorded = JSON.parse(unzip(`${release}/answers.json.gz`)) as Recorded;
  let database: TestDatabase;
  let running: Running;
  let client: HttpClient;

  beforeAll(async () => {
    database = await createTestDatabase();
    const connection = new pg.Client(database.url);
    await connection.connect();
    // What begins with a backslash is for psql.
    await connection.query(unzip(`${release}/database.sql.gz`).replaceAll(/^\\.*$/gm, ''));
    await connection.end();
    running = await runServices(services, {
      name: 'upgraded',
      environment: {
        DATABASE_URL: database.url,
        PORT: '0',
        BOOTSTRAP_API_KEY: recorded.key,
        SECRET_KEY: 'a-secret-key-of-the-recorded-release-0123',
        ALLOW_PRIVATE_WEBHOOKS: 'true',
        LOG_LEVEL: 'silent',
      },
    });
    client = createHttpClient(running.url, recorded.key);
  });
  afterAll(async () => {
    await running?.stop();
    await database?.drop();
  });

  const historyOf = async (id: string): Promise<Event[]> =>
    (await client.get(`/v1/tickets/${id}/events?limit=200`)).body.items;

  it('shows every ticket, with the history it had', async () => {
    const { body } = await client.get('/v1/tickets?limit=200');
    const ids = (tickets: Ticket[]) => tickets.map(({ id }) => id).sort();
    expect(ids(body.items)).toEqual(ids(recorded.tickets));
    for (const ticket of recorded.tickets) {
      const events = recorded.histories[ticket.id] ?? [];
      expect((await historyOf(ticket.id)).slice(0, events.length)).toMatchObject(events);
      if (ticket.id === recorded.marked.overdue) continue;
      expect((await client.get(`/v1/tickets/${ticket.id}`)).body).toMatchObject(ticket);
    }
  });

  it('knows its customers, contracts, catalogs, subscriptions, keys, deliveries and breaches', async () => {
    for (const [path, items] of Object.entries(recorded.answers)) {
      // A breach that is recorded after the upgrade stands before the others.
      const { status, body } = await client.get(path);
      expect([path, status]).toEqual([path, 200]);
      expect(body.items, path).toEqual(
        expect.arrayContaining(items.map((item) => expect.objectContaining(item))),
      );
    }
  });

  it('records the breach that became due while nothing ran, once, and lets the other clocks run on', async () => {
    const { overdue, untouched, held, breached } = recorded.marked;
    const breaches = async (id: string) =>
      (await historyOf(id)).filter(({ type }) => type === 'SlaBreached').map(({ data }) => data.objective);
    await eventually(async () => expect(await breaches(overdue)).toEqual(['response']));
    expect(await breaches(breached)).toEqual(['response']);
    for (const id of [untouched, held]) {
      const { body } = await client.get(`/v1/tickets/${id}/clocks`);
      expect(body.clocks.map(({ state }: { state: string }) => state)).toEqual(['running', 'running']);
      expect(await breaches(id)).toEqual([]);
    }
  });

  it('admits its keys, each to what it was admitted to', async () => {
    const reader = client.as(recorded.readerKey);
    expect((await reader.get('/v1/tickets')).status).toBe(200);
    expect((await reader.post('/v1/tickets', { subject: 'x' })).status).toBe(403);
    const { body } = await client.as(recorded.portalKey).get('/v1/tickets?limit=200');
    expect(new Set(body.items.map(({ customerId }: Ticket) => customerId))).toEqual(new Set(['bakery']));
  });

  it('gives a repeated request its first answer, and new tickets numbers of their own', async () => {
    const { key, body, answer } = recorded.idempotent;
    const repeated = await client.post('/v1/tickets', body, { 'idempotency-key': key });
    expect([repeated.status, repeated.body.id]).toEqual([201, answer.id]);
    const opened = await client.post('/v1/tickets', { customerId: 'bakery', subject: 'After the upgrade' });
    expect(opened.status).toBe(201);
    expect(recorded.tickets.map(({ id }) => id)).not.toContain(opened.body.id);
    expect((await client.post(`/v1/tickets/${recorded.marked.untouched}/acknowledge`)).status).toBe(200);
  });

  it('takes the calls of the phone system that was connected to it', async () => {
    const fields = {
      event: 'newCall',
      direction: 'in',
      callId: 'after',
      from: '493023125749',
      to: '492214710334',
    };
    const response = await fetch(`${running.url}${recorded.webhookPath}`, {
      method: 'POST',
      body: new URLSearchParams(fields),
    });
    expect(response.status).toBe(200);
    await eventually(async () => {
      const { body } = await client.get(`/v1/tickets?q=${encodeURIComponent('+493023125749')}`);
      expect(body.items).toHaveLength(1);
    });
  });
});
