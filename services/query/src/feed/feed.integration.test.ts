import { randomUUID } from 'node:crypto';
import { newTicketEvent } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FeedClient, type FeedRequest, openFeed } from '../testing/feed-client.ts';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

const heartbeatMilliseconds = 150;
const options = {
  heartbeatMilliseconds,
  stalledMilliseconds: 60_000,
  recent: { events: 200, bytes: 64 * 1_024 * 1_024 },
  pages: { size: 5, bytes: 1_000_000 },
};

let server: QueryServer;
let clients: FeedClient[];
beforeEach(async () => {
  clients = [];
  server = await startQuery({ FEEDS_PER_KEY: '3', FEEDS: '8' }, options);
});
afterEach(async () => {
  for (const client of clients) client.close();
  await server?.stop();
});

const note = (text: string) => newTicketEvent('NoteAdded', { text });
const reply = (text: string) =>
  newTicketEvent('CustomerReplied', { channel: 'portal', text, contactId: null });

async function open(key = server.key, request: FeedRequest = {}): Promise<FeedClient> {
  const client = await openFeed(server.url, key, request);
  clients.push(client);
  return client;
}

const idsOf = (client: FeedClient) => client.events.map(({ id }) => id);
const head = async () => (await server.context.log.head()).position;
const gauge = async (name: string) =>
  Number(
    new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (.*)$`, 'm').exec(
      (await server.client.get('/metrics')).body,
    )?.[1],
  );

/** Position and problem of an answer that is not a feed. */
async function problemOf(query: string, headers: Record<string, string> = {}) {
  const { status, body, headers: answered } = await server.client.get(`/v1/feed${query}`, headers);
  return { status, code: body.code, detail: body.detail, position: body.position, log: body.log, answered };
}

describe('a feed that is resumed', () => {
  it('names the log, and goes on under that name', async () => {
    const first = await open();
    const log = String(first.headers['ringback-log']);
    expect(log).toBe((await server.client.get('/v1/tickets')).headers.get('ringback-log'));
    const position = await head();
    const id = await server.open({ customerId: 'bakery' });
    const second = await open(server.key, { query: `?log=${log}`, lastEventId: position });
    await eventually(() => expect(idsOf(second)).toEqual([position + 1]));
    expect(second.events[0]?.data.subject).toBe(id);
  });

  it('from a position beyond the end of the log is refused with 410, which says what to do', async () => {
    const position = await head();
    for (const headers of [{ 'last-event-id': String(position + 1) }, {}]) {
      const query = 'last-event-id' in headers ? '' : `?lastEventId=${position + 1}`;
      expect(await problemOf(query, headers as Record<string, string>)).toMatchObject({
        status: 410,
        code: 'feed-position-unknown',
        position,
        log: server.context.logIdentity.name(),
        detail: expect.stringContaining('GET /v1/tickets'),
      });
    }
    const client = await open(server.key, { lastEventId: position });
    expect(client.status).toBe(200);
  });

  it('under the name of another log is refused with 410, wherever it stood', async () => {
    const log = server.context.logIdentity.name();
    for (const query of ['?log=another', '?log=another&lastEventId=0']) {
      const { answered, ...problem } = await problemOf(query);
      expect(problem).toMatchObject({ status: 410, code: 'feed-position-unknown', log });
      expect(answered.get('ringback-log')).toBe(log);
    }
  });

  it('ends when the log becomes another one under it, and is refused then', async () => {
    const client = await open();
    const log = String(client.headers['ringback-log']);
    await server.database.pool.query('update log.identity set id = gen_random_uuid()');
    await server.context.logIdentity.check();
    await client.ended;
    expect((await problemOf(`?log=${log}&lastEventId=${client.lastId()}`)).status).toBe(410);
    const again = await open();
    expect(again.status).toBe(200);
    expect(again.headers['ringback-log']).not.toBe(log);
  });

  it('ends when the log is cut off under it, and what follows is another feed', async () => {
    const id = await server.open({ customerId: 'bakery' });
    await server.append(id, note('a'), note('b'));
    const client = await open(server.key, { lastEventId: 0 });
    const position = await head();
    await eventually(() => expect(client.lastId()).toBe(position));
    await server.database.pool.query('delete from log.events where position > $1', [position - 2]);
    await server.database.pool.query('update log.head set position = $1', [position - 2]);
    await client.ended;
    expect((await problemOf('', { 'last-event-id': String(position) })).status).toBe(410);
  });

  it('answers HEAD without opening a feed', async () => {
    const { status, headers, ended } = await openFeed(server.url, server.key, { method: 'HEAD' });
    await ended;
    expect(status).toBe(200);
    expect(headers['content-type']).toContain('text/event-stream');
    expect(headers['ringback-log']).toBe(server.context.logIdentity.name());
    expect(await gauge('ringback_feeds{state="live"}')).toBe(0);
  });
});

describe('an idle feed', () => {
  it('beats, and moves on where what comes is not for it', async () => {
    const client = await open('portal-key-of-the-dentist');
    const beats = () => client.text().match(/^: waiting$/gm)?.length ?? 0;
    await eventually(() => expect(beats()).toBeGreaterThan(3));
    await server.open({ customerId: 'bakery' });
    const position = await head();
    await eventually(() => expect(client.lastId()).toBe(position));
    expect(client.events).toEqual([]);
  });

  it('that is behind beats too, without a position that it has not reached', async () => {
    const id = await server.open({ customerId: 'bakery' });
    for (let count = 0; count < 30; count += 1)
      await server.append(id, ...Array.from({ length: 20 }, (_, index) => note(`${count}-${index}`)));
    const position = await head();
    const blocker = await server.database.pool.connect();
    const client = await open(server.key, { lastEventId: 0 });
    await eventually(() => expect(client.events.length).toBeGreaterThan(20), { interval: 1 });
    try {
      await blocker.query('begin');
      await blocker.query('lock table log.events in access exclusive mode');
      await eventually(() => expect(client.text()).toContain(': waiting\n\n: waiting\n\n'));
      expect(client.lastId()).toBeLessThan(position);
    } finally {
      await blocker.query('rollback');
      blocker.release();
    }
    await eventually(() => expect(client.lastId()).toBe(position));
    expect(client.events).toHaveLength(601);
  });
});

describe('a key', () => {
  it('that expires ends its feeds, without anything having to happen', async () => {
    const expiresAt = new Date(server.context.clock.now() + 1_500).toISOString();
    await server.defineKey('a-key-that-soon-expires', { expiresAt });
    const client = await open('a-key-that-soon-expires');
    expect(client.status).toBe(200);
    await client.ended;
    expect(server.context.clock.now()).toBeGreaterThanOrEqual(Date.parse(expiresAt));
    const other = await open();
    expect(other.status).toBe(200);
  });

  it('that is revoked ends its feeds, and no other’s', async () => {
    const id = await server.defineKey('a-key-that-is-revoked');
    const mine = [await open('a-key-that-is-revoked'), await open('a-key-that-is-revoked')];
    const other = await open();
    await server.define('api-key', id, 'ApiKeyRevoked', {});
    await Promise.all(mine.map(({ ended }) => ended));
    const ticket = await server.open({ customerId: 'bakery' });
    await eventually(() => expect(other.events.map(({ data }) => data.subject)).toEqual([ticket]));
    expect(mine.flatMap(({ events }) => events)).toEqual([]);
    expect((await open('a-key-that-is-revoked')).status).toBe(401);
  });

  it('has so many feeds at once and no more, until one of them is closed', async () => {
    await server.defineKey('a-key-of-many-readers');
    const some = [];
    for (let count = 0; count < 3; count += 1) some.push(await open('a-key-of-many-readers'));
    expect(some.map(({ status }) => status)).toEqual([200, 200, 200]);
    const refused = await server.client.as('a-key-of-many-readers').get('/v1/feed');
    expect(refused).toMatchObject({ status: 429, body: { code: 'too-many-feeds' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    some[0]?.close();
    await eventually(async () => {
      const again = await open('a-key-of-many-readers');
      expect(again.status).toBe(200);
    });
  });

  it('of an administrator has no limit of its own, but the process has', async () => {
    for (let count = 0; count < 8; count += 1) expect((await open()).status).toBe(200);
    const refused = await server.client.get('/v1/feed');
    expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('gets its place back from a request that was refused', async () => {
    await server.defineKey('a-key-with-an-old-position');
    for (let count = 0; count < 5; count += 1) {
      const { status } = await server.client.as('a-key-with-an-old-position').get('/v1/feed?log=another');
      expect(status).toBe(410);
    }
  });
});

/** As a process of that release would append it: a type, or a version of one, that this release does not know. */
async function appendFromNewerRelease(id: string, version: number, type: string, v: number): Promise<void> {
  await server.database.pool.query(
    `with moved as (update log.head set position = position + 1 returning position, recorded_at)
     insert into log.events (position, category, stream_id, version, event_id, type, v, data, metadata, occurred_at,
       recorded_at)
     select position, 'ticket', $1, $2, $3, $4, $5, '{"of":"tomorrow"}', '{"actor":"service:test"}', recorded_at,
       recorded_at from moved`,
    [id, version, randomUUID(), type, v],
  );
}

describe('what a feed sends', () => {
  it('to a customer is of the tickets that are that customer’s when it is sent', async () => {
    const from = await head();
    const coverage = { contractId: null, standing: 'none' as const, plan: null, chargeable: true };
    const identified = { contactId: null, coverage, priority: 'normal' };
    const bakery = await open('portal-key-of-the-bakery');
    const dentist = await open('portal-key-of-the-dentist');
    const id = await server.open({ customerId: 'dentist' });
    await server.append(id, reply('for the dentist'));
    await eventually(() => expect(dentist.events).toHaveLength(2));
    await server.append(id, newTicketEvent('CustomerIdentified', { ...identified, customerId: 'bakery' }));
    await server.append(id, reply('for the bakery'));
    await eventually(() => expect(bakery.events).toHaveLength(2));
    await eventually(async () => expect(dentist.lastId()).toBe(await head()));
    expect(dentist.events).toHaveLength(2);
    // Read again, from memory and, after a restart, from the log.
    for (const isRestarted of [false, true]) {
      if (isRestarted) await server.restart();
      const again = await open('portal-key-of-the-dentist', { lastEventId: from });
      await eventually(async () => expect(again.lastId()).toBe(await head()));
      expect(again.events).toEqual([]);
      const whole = await open('portal-key-of-the-bakery', { lastEventId: from });
      await eventually(() => expect(whole.events).toHaveLength(4));
      expect(whole.text()).not.toContain('"dentist"');
    }
  });

  it('of a newer release goes to staff as it is stored, to no customer, and stops nothing', async () => {
    const staff = await open();
    const filtered = await open(server.key, { query: '?types=NoteAdded' });
    const customer = await open('portal-key-of-the-bakery');
    const id = await server.open({ customerId: 'bakery' });
    const position = (await head()) + 1;
    await appendFromNewerRelease(id, 2, 'TicketDreamt', 1);
    await appendFromNewerRelease(id, 3, 'CustomerReplied', 99);
    await server.append(id, note('after'), reply('after'));
    await eventually(() =>
      expect(staff.events.map(({ type }) => type)).toEqual([
        'TicketOpened',
        'TicketDreamt',
        'CustomerReplied',
        'NoteAdded',
        'CustomerReplied',
      ]),
    );
    expect(staff.events[1]?.data).toMatchObject({ type: 'TicketDreamt', data: { of: 'tomorrow' } });
    await eventually(() =>
      expect(customer.events.map(({ type }) => type)).toEqual(['TicketOpened', 'CustomerReplied']),
    );
    await eventually(() => expect(filtered.events.map(({ type }) => type)).toEqual(['NoteAdded']));
    const again = await open('portal-key-of-the-bakery', { lastEventId: position - 1 });
    await eventually(() => expect(again.events.map(({ type }) => type)).toEqual(['CustomerReplied']));
  });
});

describe('a slow reader', () => {
  /** The system takes megabytes for a connection that is not read from: only then something waits here. */
  const floodUntil = async (id: string, isEnough: () => Promise<boolean>) => {
    const text = 'z'.repeat(1_000_000);
    for (let count = 0; count < 50 && !(await isEnough()); count += 1)
      await server.append(id, note(text), note(text), note(text), note(text));
  };

  /** Not only for the moment that a megabyte takes. */
  const isBlocked = async () => {
    for (let count = 0; count < 10; count += 1)
      if ((await gauge('ringback_feeds{state="behind"}')) !== 1) return false;
    return true;
  };

  it('holds no one up, and gets everything when it reads again', async () => {
    const position = await head();
    const slow = await open();
    const fast = await open();
    slow.pause();
    const id = await server.open({ customerId: 'bakery' });
    await floodUntil(id, isBlocked);
    const last = await head();
    await eventually(() => expect(fast.lastId()).toBe(last));
    expect(await gauge('ringback_feeds{state="behind"}')).toBe(1);
    slow.resume();
    await eventually(() => expect(slow.lastId()).toBe(last));
    const expected = Array.from({ length: last - position }, (_, index) => position + index + 1);
    expect(idsOf(fast)).toEqual(expected);
    expect(idsOf(slow)).toEqual(expected);
    await eventually(async () => expect(await gauge('ringback_feeds{state="behind"}')).toBe(0));
  });

  it('that takes nothing for long is disconnected, and resumes where it was', async () => {
    await server.stop();
    server = await startQuery({}, { ...options, stalledMilliseconds: 300 });
    const position = await head();
    const slow = await open();
    slow.pause();
    const id = await server.open({ customerId: 'bakery' });
    const isEnded = async () => (await gauge('ringback_feeds_ended_total{reason="slow"}')) === 1;
    await floodUntil(id, isEnded);
    await eventually(isEnded);
    slow.resume();
    await slow.ended;
    const last = await head();
    expect(slow.lastId()).toBeLessThan(last);
    const resumed = await open(server.key, { lastEventId: slow.lastId() ?? 0 });
    await eventually(() => expect(resumed.lastId()).toBe(last));
    const expected = Array.from({ length: last - position }, (_, index) => position + index + 1);
    expect([...idsOf(slow), ...idsOf(resumed)]).toEqual(expected);
  });
});

describe('all feeds of a process', () => {
  it('read the log over connections of their own, and few', async () => {
    await server.stop();
    server = await startQuery({}, options);
    const id = await server.open({ customerId: 'bakery' });
    for (let count = 0; count < 20; count += 1)
      await server.append(id, ...Array.from({ length: 20 }, () => note('x')));
    const last = await head();
    await Promise.all(Array.from({ length: 60 }, (_, index) => open(server.key, { lastEventId: index * 2 })));
    await eventually(() => {
      for (const client of clients) expect(client.lastId()).toBe(last);
    });
    const { rows } = await server.database.pool.query<{ connections: number }>(
      `select count(*)::int as connections from pg_stat_activity
       where datname = current_database() and application_name = 'ringback feed'`,
    );
    expect(rows[0]?.connections).toBeLessThanOrEqual(3);
    expect(rows[0]?.connections).toBeGreaterThan(0);
  });

  it('go on after the database was away', async () => {
    const client = await open();
    await server.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'ringback feed'`,
    );
    const id = await server.open({ customerId: 'bakery' });
    await eventually(() => expect(client.events.map(({ data }) => data.subject)).toEqual([id]));
  });

  it('end at once with the process, each with a pause to reconnect after, and hold nothing up', async () => {
    const some = [await open(), await open('portal-key-of-the-bakery')];
    const cut = vi.spyOn(server.app.server, 'closeAllConnections');
    await server.halt();
    await Promise.all(some.map(({ ended }) => ended));
    for (const client of some) expect(client.text()).toMatch(/retry: \d{4}\n\n$/);
    // What is cut is what did not end by itself, five seconds later.
    expect(cut).not.toHaveBeenCalled();
    await server.resume();
  });
});
