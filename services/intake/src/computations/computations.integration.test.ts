import { type Catalog, parseCatalog } from '@ringback/domain/catalog';
import { calculate, QuestionInvalid, type SimulationRequest, simulate } from '@ringback/domain/service-level';
import type { HttpClient } from '@ringback/test-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeServer, portalOf, startIntake } from '../testing/intake-server.ts';

let server: IntakeServer;
let catalogs: Map<string, Catalog>;
beforeAll(async () => {
  server = await startIntake();
  const { items } = (await server.client.get('/v1/catalogs')).body;
  catalogs = new Map();
  for (const { id } of items as { id: string }[]) {
    const { content } = (await server.client.get(`/v1/catalogs/${id}`)).body;
    catalogs.set(
      id,
      parseCatalog(JSON.stringify(content), () => []),
    );
  }
});
afterAll(() => server.stop());

/** What a route must answer that computes `direct`. */
function expectedOf(direct: () => unknown): [status: number, answer: unknown] {
  try {
    return [200, direct()];
  } catch (error) {
    if (!(error instanceof QuestionInvalid)) throw error;
    return [422, [{ pointer: `/body/${error.path.join('/')}`, detail: error.message }]];
  }
}
async function answerOf(path: string, body: object): Promise<[status: number, answer: unknown]> {
  const answer = await server.client.post(path, body);
  return [answer.status, answer.status === 200 ? answer.body : answer.body.errors];
}

const minute = 60_000;
const begin = Date.parse('2026-03-02T09:00:00Z');
const instant = (at: number) => new Date(begin + at * minute).toISOString();
const types = [
  ...['TicketAcknowledged', 'AgentReplied', 'CustomerReplied', 'TicketResolved', 'TicketReopened'],
  ...['ClockHeld', 'ClockReleased', 'PriorityChanged', 'ServiceRestored', 'TicketVanished'],
];
const step = fc.record({ type: fc.constantFrom(...types), at: fc.integer({ min: -10, max: 20_000 }) });
const exception = fc.record({
  calendar: fc.constantFrom('working', 'nonsense'),
  date: fc.constantFrom('2026-03-02', '2026-03-03', '2026-03-04'),
  hours: fc.constantFrom<[string, string][]>([], [['09:00', '12:00']]),
});
const simulated = fc
  .record({
    catalog: fc.constantFrom('cat-levels', 'set-rate-contract', 'support-subscription', 'nonsense'),
    nth: fc.nat(10),
    steps: fc.array(step, { maxLength: 30 }),
    asOf: fc.integer({ min: 0, max: 30_000 }),
    exceptions: fc.array(exception, { maxLength: 2 }),
  })
  .map(({ catalog, nth, steps, asOf, exceptions }): SimulationRequest => {
    const content = catalogs.get(catalog) ?? catalogs.get('cat-levels');
    const plans = Object.keys(content?.plans ?? {});
    const priorities = Object.keys(content?.priorities ?? {});
    const priority = priorities[nth % priorities.length] ?? '';
    return {
      catalog,
      plan: plans[nth % plans.length] ?? '',
      priority,
      events: [{ type: 'TicketOpened', at: instant(0) }, ...steps.map(toEvent(priority))],
      asOf: instant(asOf),
      ...(exceptions.length === 0 ? {} : { calendarExceptions: exceptions }),
    };
  });
const toEvent =
  (priority: string) =>
  ({ type, at }: { type: string; at: number }) => ({
    type,
    at: instant(at),
    ...(type.startsWith('Clock') ? { reason: 'third-party-network' } : {}),
    ...(type === 'PriorityChanged' ? { priority } : {}),
  });

const time = fc.integer({ min: 0, max: 47 }).map((half) => {
  const hour = String(Math.floor(half / 2)).padStart(2, '0');
  return `${hour}:${half % 2 === 0 ? '00' : '30'}`;
});
const calculated = fc.record({
  calendar: fc.record({
    timeZone: fc.constantFrom('Europe/London', 'America/New_York', 'Nowhere/Else'),
    hours: fc.record({
      mon: fc.array(fc.tuple(time, time), { maxLength: 3 }),
      thu: fc.constant<[string, string][]>([]),
    }),
    holidays: fc.constantFrom<string[]>([], ['2026-03-02'], ['2026-03-09', '2026-03-09']),
    exceptions: fc.constantFrom<{ date: string; hours: [string, string][] }[]>(
      [],
      [{ date: '2026-03-05', hours: [['09:00', '10:00']] }],
    ),
  }),
  add: fc.record({
    start: fc.integer({ min: 0, max: 100_000 }).map(instant),
    duration: fc.constantFrom('PT1H', 'PT40H', 'P2BD', 'P3D', 'PT9999999H', 'soon'),
  }),
});

describe('what a thread computes', () => {
  it('is, for any simulation, what its function answers', async () => {
    const found = new Set<string>();
    await fc.assert(
      fc.asyncProperty(simulated, async (request) => {
        const expected = expectedOf(() => simulate(request, (id) => catalogs.get(id) ?? null));
        expect(await answerOf('/v1/simulations', request)).toEqual(expected);
        found.add(String(expected[0]));
      }),
      { numRuns: 150 },
    );
    expect([...found].sort()).toEqual(['200', '422']);
  });

  it('is, for any calculation, what its function answers', async () => {
    const found = new Set<string>();
    await fc.assert(
      fc.asyncProperty(calculated, async (request) => {
        const expected = expectedOf(() => calculate(request));
        expect(await answerOf('/v1/calendar-calculations', request)).toEqual(expected);
        found.add(String(expected[0]));
      }),
      { numRuns: 150 },
    );
    expect([...found].sort()).toEqual(['200', '422']);
  });

  it('follows a catalog that is published in another version', async () => {
    const levels = (await server.client.get('/v1/catalogs/cat-levels')).body.content;
    const copy = structuredClone({ ...levels, catalog: 'copy' });
    const dueAt = async () => {
      const events = [{ type: 'TicketOpened', at: instant(0) }];
      const request = { catalog: 'copy', plan: 'cat-1', priority: 'normal', events, asOf: instant(1) };
      return (await server.client.post('/v1/simulations', request)).body.clocks[0].dueAt;
    };
    for (const hours of [8, 6, 8, 4]) {
      copy.plans['cat-1'].objectives.normal[0].max = `PT${hours}H`;
      expect((await server.client.put('/v1/catalogs/copy', copy)).status).toBe(200);
      expect(await dueAt()).toBe(instant(hours * 60));
    }
  });
});

describe('a body that a thread reads', () => {
  const request = {
    plan: 'cat-1',
    priority: 'normal',
    events: [{ type: 'TicketOpened', at: instant(0) }],
    asOf: instant(1),
  };
  const rest = JSON.stringify(request).slice(1);

  it('names its catalog however JSON can say it', async () => {
    for (const text of [
      `{"catalog":"cat-levels",${rest}`,
      `{"catalog":"nonsense","catalog":"cat-levels",${rest}`,
      `{"cat\\u0061log":"cat-levels",${rest}`,
      `{"catalog":"cat\\u002dlevels",${rest}`,
    ]) {
      const { status, body } = await server.client.post('/v1/simulations', text);
      expect([status, body.clocks?.[0].objective]).toEqual([200, 'response']);
    }
  });

  it.each([
    ['is empty', '', 422, '/body'],
    ['is not JSON', '{"catalog":', 400, undefined],
    ['is another value', '[]', 422, '/body'],
    ['has a forbidden name', `{"__proto__":{},"catalog":"cat-levels",${rest}`, 400, undefined],
    ['has an unknown field', `{"catalog":"cat-levels","colour":"red",${rest}`, 422, '/body/colour'],
    ['has an unknown catalog', `{"catalog":"nonsense",${rest}`, 422, '/body/catalog'],
    ['has no catalog', `{${rest}`, 422, '/body/catalog'],
    ['nests without end', '['.repeat(500_000), 400, undefined],
  ])('and %s is answered as any other', async (_, text, status, pointer) => {
    const answer = await server.client.post('/v1/simulations', text);
    expect([answer.status, answer.body.errors?.[0].pointer]).toEqual([status, pointer]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});

/** Asks for `/health/live` repeatedly until a request is answered; the number of its answers. */
async function livesUntil<T>(asked: Promise<T>): Promise<{ answer: T; lives: number }> {
  let isOver = false;
  let lives = 0;
  const over = asked.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    expect((await server.client.get('/health/live')).status).toBe(200);
    lives += 1;
  }
  return { answer: await over, lives };
}

const week = (windows: [string, string][]) =>
  Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, windows]));
const halfHours = (count: number) =>
  Array.from({ length: count }, (_, index): [string, string] => {
    const hour = String(Math.floor(index / 2) % 24).padStart(2, '0');
    return index % 2 === 0 ? [`${hour}:00`, `${hour}:20`] : [`${hour}:30`, `${hour}:50`];
  });

describe('a small request that asks for much', () => {
  const span = { start: '1970-01-01T00:00:00.000Z', end: '2199-12-31T00:00:00.000Z' };

  it('is answered for 230 years of 140 calendars', async () => {
    const durations = new Set<string>();
    for (let index = 0; index < 140; index += 1) {
      const closes = `17:${String(index % 60).padStart(2, '0')}`;
      const opens = `0${7 + Math.floor(index / 60)}:00`;
      const calendar = { timeZone: 'Europe/London', hours: week([[opens, closes]]) };
      const { status, body } = await server.client.post('/v1/calendar-calculations', {
        calendar,
        between: span,
      });
      expect(status).toBe(200);
      durations.add(body.duration);
    }
    expect(durations.size).toBe(140);
  });

  it('is answered for as many windows a day as there may be, while the server lives', async () => {
    const calendar = { timeZone: 'Europe/London', hours: week(halfHours(48)) };
    const asked = server.client.post('/v1/calendar-calculations', { calendar, between: span });
    const { answer, lives } = await livesUntil(asked);
    expect(answer.status).toBe(200);
    expect(lives).toBeGreaterThan(0);
    const direct = calculate({ calendar, between: span });
    expect(answer.body).toEqual(direct);
  });

  it.each([
    ['windows a day', { hours: week(halfHours(49)) }, '/body/calendar/hours/mon'],
    ['holidays', { holidays: Array(4_001).fill('2026-12-25') }, '/body/calendar/holidays'],
    [
      'exceptions',
      { exceptions: Array(2_001).fill({ date: '2026-12-24', hours: [] }) },
      '/body/calendar/exceptions',
    ],
    [
      'windows of an exception',
      { exceptions: [{ date: '2026-12-24', hours: halfHours(320) }] },
      '/body/calendar/exceptions/0/hours',
    ],
  ])('is refused for too many %s, and its field named', async (_, change, pointer) => {
    const calendar = { timeZone: 'Europe/London', hours: week([['09:00', '17:00']]), ...change };
    const answer = await server.client.post('/v1/calendar-calculations', { calendar, between: span });
    expect(answer.status).toBe(422);
    expect(answer.body.errors[0].pointer).toBe(pointer);
    expect(answer.body.errors.length).toBeLessThanOrEqual(100);
  });

  it('is refused for too many events, and for too many windows of an exception', async () => {
    const opening = { type: 'TicketOpened', at: instant(0) };
    const request = { catalog: 'cat-levels', plan: 'cat-1', priority: 'normal', asOf: instant(9) };
    for (const [change, pointer] of [
      [{ events: Array(2_001).fill(opening) }, '/body/events'],
      [
        {
          events: [opening],
          calendarExceptions: [{ calendar: 'working', date: '2026-03-02', hours: halfHours(49) }],
        },
        '/body/calendarExceptions/0/hours',
      ],
    ] as const) {
      const { status, body } = await server.client.post('/v1/simulations', { ...request, ...change });
      expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
    }
  });
});

describe('64 simulations of 2,000 events', () => {
  const simulation = (events: number) => ({
    catalog: 'set-rate-contract',
    plan: 'set-rate',
    priority: 'urgent',
    events: Array.from({ length: events }, (_, index) => ({
      type: index === 0 ? 'TicketOpened' : 'PriorityChanged',
      at: instant(index),
      ...(index === 0 ? {} : { priority: index % 2 === 0 ? 'urgent' : 'low' }),
    })),
    asOf: instant(5_000),
  });
  let other: HttpClient;
  beforeAll(async () => {
    other = await portalOf(server.client, 'bakery');
  });

  it('are answered, and neither a ticket nor another key’s simulation waits for all of them', async () => {
    const heavy = simulation(2_000);
    let done = 0;
    const all = Array.from({ length: 64 }, async () => {
      const { status, body } = await server.client.post('/v1/simulations', heavy);
      done += 1;
      return [status, body.clocks.length];
    });
    const small = await other.post('/v1/simulations', simulation(3));
    const doneBySimulation = done;
    const ticket = await server.client.post('/v1/tickets', { customerId: 'bakery', subject: 'No dial tone' });
    const doneByTicket = done;
    expect([small.status, ticket.status]).toEqual([200, 201]);
    expect(doneBySimulation).toBeLessThan(64);
    expect(doneByTicket).toBeLessThan(64);
    const { answer, lives } = await livesUntil(Promise.all(all));
    expect(answer).toEqual(Array(64).fill([200, answer[0]?.[1]]));
    expect(lives).toBeGreaterThan(0);
  });
});

describe('a large customer', () => {
  const customer = (contacts: number, phones: number) => ({
    name: 'Many',
    country: 'GB',
    contacts: Array.from({ length: contacts }, (_, index) => ({
      name: `Contact ${index}`,
      phones: Array.from(
        { length: phones },
        (_each, nth) => `020 7946 ${String((index + nth) % 1_000).padStart(4, '0')}`,
      ),
    })),
  });

  it('of as many numbers as it may have is taken, while the server lives', async () => {
    const { answer, lives } = await livesUntil(server.client.put('/v1/customers/many', customer(1_000, 5)));
    expect(answer.status).toBe(200);
    expect(lives).toBeGreaterThan(0);
    expect(answer.body.contacts[7].phones[0]).toEqual({ raw: '020 7946 0007', e164: '+442079460007' });
  });

  it('of 1,000 contacts with 40 numbers each is refused', async () => {
    const { status, body } = await server.client.put('/v1/customers/many', customer(1_000, 40));
    expect([status, body.detail]).toEqual([400, 'The body has more than 30000 values.']);
    const fewer = await server.client.put('/v1/customers/many', customer(500, 40));
    expect([fewer.status, fewer.body.errors[0].pointer]).toEqual([422, '/body/contacts']);
  });

  it('has each wrong number named, a hundred at most', async () => {
    const wrong = {
      ...customer(150, 1),
      country: 'DE',
      contacts: Array(150).fill({ name: 'x', phones: ['12'] }),
    };
    const { status, body } = await server.client.put('/v1/customers/wrong', wrong);
    expect(status).toBe(422);
    expect(body.errors).toHaveLength(100);
    expect(body.errorsOmitted).toBe(50);
    expect(body.errors[3]).toEqual({
      pointer: '/body/contacts/3/phones/0',
      detail: '"12" is not a telephone number: in DE',
    });
  });

  it('makes its page of the list end early, and the list goes on', async () => {
    for (let index = 0; index < 4; index += 1) {
      expect((await server.client.put(`/v1/customers/large-${index}`, customer(1_000, 5))).status).toBe(200);
    }
    const read: string[] = [];
    let pages = 0;
    for (let next: string | null = ''; next !== null; pages += 1) {
      const { body } = await server.client.get(`/v1/customers${next === '' ? '' : `?cursor=${next}`}`);
      expect(JSON.stringify(body).length).toBeLessThan(2_000_000);
      read.push(...(body.items as { id: string }[]).map(({ id }) => id));
      next = body.next;
    }
    expect(pages).toBeGreaterThan(1);
    expect(read).toEqual([...new Set(read)].sort());
    expect(read.length).toBe(7);
  });
});

describe('a catalog’s text that was made to cost much', () => {
  const keys = (length: number) => {
    let text = 'catalog: keys\nplans:\n';
    for (let index = 0; text.length < length; index += 1) text += `  k${index}: 1\n`;
    return text;
  };
  const publish = (text: string) =>
    server.client.put('/v1/catalogs/keys', text, { 'content-type': 'application/yaml' });

  it.each([
    ['429,000 characters of keys', keys(429_000)],
    ['a megabyte of keys', keys(1_000_000)],
    ['as many keys as a text may hold', keys(262_000)],
    ['300,000 characters of anchors', '&a '.repeat(100_000)],
    ['as many anchors as a text may hold', '&a '.repeat(87_000)],
    ['keys in JSON', `{${Array.from({ length: 20_000 }, (_, index) => `"k${index}":1`).join()}}`],
  ])('of %s is refused with a short answer, while the server lives', async (_, text) => {
    const { answer, lives } = await livesUntil(publish(text));
    expect([answer.status, answer.body.code]).toEqual([422, 'catalog-invalid']);
    expect(answer.body.errors.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(answer.body).length).toBeLessThan(50_000);
    expect(lives).toBeGreaterThan(0);
  });
});

describe('a calendar of many windows', () => {
  it('is listed in parts', async () => {
    const levels = (await server.client.get('/v1/catalogs/cat-levels')).body.content;
    const calendars = { ...levels.calendars, working: { hours: week(halfHours(48)), holidays: false } };
    const published = { ...levels, catalog: 'busy', calendars };
    expect((await server.client.put('/v1/catalogs/busy', published)).status).toBe(200);
    const read: string[] = [];
    const last = '2028-12-31T00:00:00.000Z';
    let from = '2026-01-01T00:00:00.000Z';
    let parts = 0;
    for (;;) {
      const { status, body } = await server.client.get(`/v1/calendars/busy.working?from=${from}&to=${last}`);
      expect(status).toBe(200);
      expect(JSON.stringify(body).length).toBeLessThan(500_000);
      expect(body.from).toBe(from);
      read.push(...(body.intervals as { from: string }[]).map((each) => each.from));
      parts += 1;
      if (body.next === null) break;
      expect(body.to).toBe(body.next);
      from = body.next;
    }
    expect(parts).toBeGreaterThan(10);
    expect(read).toEqual([...new Set(read)].sort());
    // 2028 is a leap year. Two hours of each year are skipped or come twice, and have as many windows.
    expect(read.length).toBeGreaterThan(1_094 * 48);
  });

  it('has its exceptions listed by pages', async () => {
    const address = '/v1/calendars/set-rate-contract.business/exceptions';
    const { items } = (await server.client.get('/v1/calendars?limit=200')).body;
    const id = (items as { id: string }[]).find((each) => each.id.startsWith('set-rate-contract.'))?.id ?? '';
    const exceptions = address.replace('set-rate-contract.business', id);
    for (const day of ['30', '28', '29']) {
      const added = { date: `2026-12-${day}`, hours: [], reason: 'Shut' };
      expect((await server.client.post(exceptions, added)).status).toBe(201);
    }
    const first = (await server.client.get(`${exceptions}?limit=2`)).body;
    const second = (await server.client.get(`${exceptions}?limit=2&cursor=${first.next}`)).body;
    const dates = [...first.items, ...second.items].map(({ date }: { date: string }) => date);
    expect(dates).toEqual(['2026-12-28', '2026-12-29', '2026-12-30']);
    expect(second.next).toBeNull();
    expect((await server.client.get(exceptions)).body).toMatchObject({ items: { length: 3 }, next: null });
  });
});
