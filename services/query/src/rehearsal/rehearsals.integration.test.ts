import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { parseCatalog } from '@ringback/domain/catalog';
import { newTicketEvent } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8');
const centre = read('technical-support-centre');
let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
  for (const id of ['bakery', 'dentist', 'many', 'mapped', 'uncovered', 'history'])
    await server.define('customer', id, 'CustomerDefined', { name: id, contacts: [] });
});
afterAll(() => server.stop());

/** Monday, 15 June 2026; London is an hour ahead of UTC. */
const at = (time: string) => `2026-06-15T${time}:00.000Z`;
const period = { from: at('00:00'), to: '2026-06-16T00:00:00.000Z' };
const cat2 = { draft: { catalog: { catalog: 'cat-levels' }, plan: 'cat-2' } };
const rehearse = (body: object, client = server.client) =>
  client.post('/v1/rehearsals', { ...period, ...cat2, ...body });
const acknowledged = (time: string) => newTicketEvent('TicketAcknowledged', { note: null }, time);
const plan = 'cat-levels/cat-1';
type Listed = { id: string; clocks: { objective: string; inForce: object; draft: object }[] };

interface ServerSent {
  event: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever an event holds, and fails where it is not there.
  data: any;
}

async function streamed(body: object): Promise<{ status: number; events: ServerSent[] }> {
  const accept = { accept: 'text/event-stream' };
  const answer = await server.client.post('/v1/rehearsals', { ...period, ...cat2, ...body }, accept);
  const blocks =
    typeof answer.body === 'string' ? answer.body.split('\n\n').filter((text) => text !== '') : [];
  return {
    status: answer.status,
    events: blocks.map((text) => {
      const [, event = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(text) ?? [];
      return { event, data: JSON.parse(data) };
    }),
  };
}

/** Every table of ours, by a digest of its rows. */
async function digests(): Promise<unknown[]> {
  const { pool } = server.database;
  const { rows } = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
  );
  expect(rows.length).toBeGreaterThan(10);
  return await Promise.all(
    rows.map(async ({ name }) => {
      const found = await pool.query(
        `select count(*)::int as rows, md5(string_agg(t::text, '|' order by t::text)) as digest from ${name} t`,
      );
      return { name, ...found.rows[0] };
    }),
  );
}

describe('a rehearsal', () => {
  it('shows clocks, breaches and attainment under the draft alongside those under the plan in force', async () => {
    const id = await server.open({ customerId: 'bakery', plan, at: at('08:00') });
    await server.append(id, acknowledged(at('14:00')));
    await server.open({ customerId: 'bakery', plan, at: '2026-06-16T00:00:00.000Z' });
    await server.open({ customerId: 'dentist', plan, at: at('08:00') });
    const { status, body } = await rehearse({ customerId: 'bakery' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      tickets: 1,
      differing: 1,
      omitted: 0,
      breaches: { inForce: 0, draft: 1, added: 1, removed: 0 },
      attainment: { inForce: { met: 1, breached: 0, rate: 1 }, draft: { met: 0, breached: 1, rate: 0 } },
    });
    const { reference } = (await server.client.get(`/v1/tickets/${id}`)).body;
    expect(body.items).toMatchObject([
      {
        id,
        reference,
        openedAt: at('08:00'),
        clocks: [
          {
            objective: 'response',
            occurrence: 1,
            inForce: { state: 'met', dueAt: at('16:00') },
            draft: { state: 'breached', dueAt: at('12:00'), breachedAt: at('12:00') },
            differences: ['state', 'dueAt', 'breachedAt'],
          },
        ],
      },
    ]);
    const { clocks } = (await server.client.get(`/v1/tickets/${id}/clocks?at=${body.asOf}`)).body;
    expect(clocks).toMatchObject(body.items[0].clocks.map(({ inForce }: { inForce: object }) => inForce));
  });

  it('takes the draft as an object, as YAML, or as one that is published', async () => {
    const answers = [];
    const content = parseCatalog(read('cat-levels'), () => []);
    for (const catalog of [content, read('cat-levels'), { catalog: 'cat-levels', version: 1 }])
      answers.push((await rehearse({ customerId: 'bakery', draft: { catalog, plan: 'cat-2' } })).body);
    const [first, ...others] = answers;
    for (const { breaches, items } of others) {
      expect(breaches).toEqual({ inForce: 0, draft: 1, added: 1, removed: 0 });
      expect(items[0].clocks[0].draft.dueAt).toEqual(first.items[0].clocks[0].draft.dueAt);
    }
  });

  it('counts exceptions of the draft’s calendars, as a publication would', async () => {
    const exception = { calendar: 'cat-levels/extended', date: '2026-06-15', hours: [], reason: 'shut' };
    await server.define('calendar', 'cat-levels/extended', 'CalendarExceptionAdded', exception);
    const { body } = await rehearse({ customerId: 'bakery' });
    expect(body.items[0].clocks[0].draft).toMatchObject({ state: 'met', dueAt: '2026-06-16T10:00:00.000Z' });
  });

  it('maps recorded priorities, and names one that it cannot', async () => {
    const open = (priority: string, time: string) =>
      server.open({ customerId: 'mapped', plan: 'set-rate-contract/set-rate', priority, at: at(time) });
    const id = await open('urgent', '08:00');
    await server.append(
      id,
      newTicketEvent('PriorityChanged', { priority: 'low', previous: 'urgent' }, at('08:30')),
    );
    const draft = { catalog: centre, plan: 'after-hours' };
    const body = { customerId: 'mapped', draft };
    // Its history alone still holds the first priority.
    const history = await rehearse(body);
    expect([history.status, history.body.errors[0].pointer]).toEqual([422, '/body/priorities/urgent']);
    const late = await streamed(body);
    expect([late.status, late.events.at(-1)]).toMatchObject([
      200,
      { event: 'problem', data: { status: 422, errors: [{ pointer: '/body/priorities/urgent' }] } },
    ]);
    await open('important', '09:00');
    for (const headers of [{}, { accept: 'text/event-stream' }]) {
      const answer = await server.client.post('/v1/rehearsals', { ...period, ...body }, headers);
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, '/body/priorities/important']);
    }
    const priorities = { urgent: 'emergency', important: 'high' };
    const { body: mapped } = await rehearse({ ...body, priorities });
    const responses = (mapped.items as Listed[]).map(({ clocks }) =>
      clocks.find(({ objective }) => objective === 'response'),
    );
    // Low after half an hour: by the close of the next business day, the 16th being a holiday in South Africa.
    expect(responses).toMatchObject([
      { draft: { dueAt: '2026-06-17T15:00:00.000Z' } },
      { draft: { dueAt: at('11:00') } },
    ]);
    const wrong = await rehearse({ ...body, priorities: { urgent: 'yesterday' } });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([422, '/body/priorities/urgent']);
  });

  it('covers under the draft what was opened without cover', async () => {
    await server.open({ customerId: 'uncovered', at: at('08:00') });
    const { body } = await rehearse({ customerId: 'uncovered' });
    expect(body.breaches).toEqual({ inForce: 0, draft: 1, added: 1, removed: 0 });
    expect(body.items[0].clocks).toMatchObject([{ inForce: null, differences: ['clock'] }]);
  });
});

describe('a long rehearsal', () => {
  const tickets = 620;
  beforeAll(async () => {
    const minutes = Array.from({ length: tickets }, (_, index) => index % 600);
    await Promise.all(
      minutes.map((minute) => {
        const time = new Date(Date.parse(at('08:00')) + minute * 60_000).toISOString();
        return server.open({ customerId: 'many', plan, at: time });
      }),
    );
  });

  it('streams its progress, each ticket once, and the figures', async () => {
    const { status, events } = await streamed({ customerId: 'many' });
    expect(status).toBe(200);
    const progress = events.filter(({ event }) => event === 'progress').map(({ data }) => data);
    expect(progress[0]).toEqual({ done: 0, total: tickets });
    expect(progress.at(-1)).toEqual({ done: tickets, total: tickets });
    expect(progress.length).toBeGreaterThan(5);
    const seen = events.filter(({ event }) => event === 'ticket').map(({ data }) => data);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(tickets);
    expect(seen.map(({ openedAt }) => openedAt)).toEqual(seen.map(({ openedAt }) => openedAt).toSorted());
    const last = events.at(-1);
    expect(last).toMatchObject({ event: 'result', data: { tickets } });
    const differing = seen.filter(({ clocks }) => clocks[0].differences.length > 0);
    expect(last?.data.differing).toBe(differing.length);
    const breached = seen.filter(({ clocks }) => clocks[0].draft.state === 'breached').length;
    expect(last?.data.breaches.draft).toBe(breached);
    expect(last?.data.attainment.draft).toMatchObject({ breached, open: tickets - breached });
  });

  it('lists as many as it says in JSON, and counts all', async () => {
    const { body } = await rehearse({ customerId: 'many' });
    expect([body.items.length, body.omitted, body.tickets]).toEqual([500, tickets - 500, tickets]);
    const { total } = (
      await server.client.get(`/v1/attainment?customerId=many&from=${period.from}&to=${period.to}`)
    ).body;
    expect(body.attainment.inForce).toEqual(total);
  });

  it.each(['text/event-stream', 'application/json'])(
    'ends when no one waits for it as %s',
    async (accept) => {
      const url = new URL('/v1/rehearsals', server.url);
      const headers = {
        authorization: `Bearer ${server.key}`,
        accept,
        'content-type': 'application/json',
      };
      const { log } = server.context;
      const { readStreams } = log;
      let pages = 0;
      let leave = () => {};
      const left = new Promise<void>((resolve) => {
        leave = resolve;
      });
      log.readStreams = async (category, ids) => {
        pages += 1;
        if (pages === 1) await left;
        return await readStreams.call(log, category, ids);
      };
      try {
        const sent = httpRequest(url, { method: 'POST', headers });
        sent.on('error', () => {});
        sent.end(JSON.stringify({ ...period, ...cat2, customerId: 'many' }));
        await eventually(() => pages === 1);
        sent.destroy();
        for (let turn = 0; turn < 10; turn += 1) await server.client.get('/health/live');
        leave();
        // The same once more, to its end, and none of the first one's pages between.
        await streamed({ customerId: 'many' });
        expect(pages).toBe(1 + Math.ceil(tickets / 100));
      } finally {
        log.readStreams = readStreams;
      }
    },
  );

  it('lets others have their turn', async () => {
    const opened = Array.from({ length: 20 }, () =>
      server.open({ customerId: 'history', plan, at: at('08:00') }),
    );
    await Promise.all(opened);
    const { directory } = server.context;
    const { plansForTicket } = directory;
    let turn = 0;
    let isOver = false;
    const count = () => {
      turn += 1;
      if (!isOver) setImmediate(count);
    };
    const turns = new Set<number>();
    await server.client.get('/v1/tickets');
    directory.plansForTicket = async (...asked) => {
      turns.add(turn);
      // Longer than a turn may last.
      for (const until = performance.now() + 6; performance.now() < until; );
      return await plansForTicket(...asked);
    };
    setImmediate(count);
    try {
      expect((await rehearse({ customerId: 'history' })).body.tickets).toBe(20);
      expect(turns.size).toBe(20);
    } finally {
      isOver = true;
      directory.plansForTicket = plansForTicket;
    }
  });

  it('leaves the database as it was', async () => {
    await server.client.get('/v1/tickets');
    const before = await digests();
    await streamed({ customerId: 'many' });
    await rehearse({ customerId: 'bakery', draft: { catalog: centre, plan: 'after-hours' } });
    expect(await digests()).toEqual(before);
  });
});

describe('a customer’s own key', () => {
  it('rehearses nothing, neither its own tickets nor another customer’s', async () => {
    const portal = server.portal('bakery');
    for (const customerId of ['bakery', 'dentist', 'nobody']) {
      const { status, body } = await rehearse({ customerId }, portal);
      expect([status, body.code]).toEqual([403, 'forbidden']);
    }
    // Refused before its body is looked at.
    const { status } = await portal.post('/v1/rehearsals', '{');
    expect(status).toBe(403);
  });
});

describe('what cannot be rehearsed', () => {
  const levels = parseCatalog(read('cat-levels'), () => []);
  const calendars = { ...levels.calendars, working: { hours: {} } };
  const oneMinuteAWeek = read('cat-levels')
    .replace('mon: [["09:00", "17:00"]]', 'mon: [["09:00", "09:01"]]')
    .replaceAll(/ +(tue|wed|thu|fri): \[\["09:00", "17:00"\]\]\n/g, '')
    .replace('max: PT8H', 'max: PT99999H');
  const drafts: [name: string, body: object, pointer: string][] = [
    ['an end before the beginning', { from: at('09:00'), to: at('08:00') }, '/body/to'],
    ['an instant that is none', { from: 'yesterday' }, '/body/from'],
    ['a field that is not known', { colour: 'red' }, '/body/colour'],
    [
      'a catalog that is not published',
      { draft: { catalog: { catalog: 'x' }, plan: 'y' } },
      '/body/draft/catalog/catalog',
    ],
    [
      'a version that there is not',
      { draft: { catalog: { catalog: 'cat-levels', version: 9 }, plan: 'y' } },
      '/body/draft/catalog/catalog',
    ],
    [
      'a plan that there is not',
      { draft: { catalog: { catalog: 'cat-levels' }, plan: 'cat-9' } },
      '/body/draft/plan',
    ],
    [
      'a catalog that is none',
      { draft: { catalog: { catalog: 'x', name: 'X' }, plan: 'y' } },
      '/body/draft/catalog/timeZone',
    ],
    [
      'a mistake in a YAML text',
      { draft: { catalog: centre.replace('max: PT1H', 'max: soon'), plan: 'after-hours' } },
      '/body/draft/catalog/plans/office-hours/objectives/emergency/0/max',
    ],
    [
      'a calendar that never opens',
      { draft: { catalog: { ...levels, calendars }, plan: 'cat-1' } },
      '/body/draft/catalog/calendars/working/hours',
    ],
    [
      'a calendar that does not open often enough',
      { draft: { catalog: oneMinuteAWeek, plan: 'cat-1' } },
      '/body/draft/catalog',
    ],
  ];
  it.each(drafts)('is %s', async (_, body, pointer) => {
    const answer = await rehearse({ customerId: 'bakery', ...body });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ pointer: found }: { pointer: string }) => found)).toContain(pointer);
  });
});
