import {
  count,
  figuresOf,
  newTally,
  outcomesOf,
  representFigures,
  toClockEvents,
} from '@ringback/domain/service-level';
import {
  asTicketEvent,
  foldTicket,
  holdReasons,
  type NewTicketEvent,
  newTicketEvent,
} from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
});
afterAll(() => server.stop());

const get = async (query: string) => (await server.client.get(`/v1/attainment?${query}`)).body;
/** Monday, 15 June 2026; London is an hour ahead of UTC. */
const at = (time: string) => `2026-06-15T${time}:00.000Z`;
const acknowledged = (time: string) => newTicketEvent('TicketAcknowledged', { note: null }, time);
const held = (reason: (typeof holdReasons)[number], time: string) =>
  newTicketEvent('ClockHeld', { reason, note: null }, time);
const released = (reason: (typeof holdReasons)[number], time: string) =>
  newTicketEvent('ClockReleased', { reason }, time);

async function ticket(customerId: string, openedAt: string, ...events: NewTicketEvent[]): Promise<string> {
  const id = await server.open({ customerId, plan: 'cat-levels/cat-1', at: openedAt });
  if (events.length > 0) await server.append(id, ...events);
  return id;
}

describe('attainment', () => {
  it('is reported by contract, gross, and net of each party’s holds', async () => {
    await ticket('net', at('08:00'), acknowledged(at('10:00')));
    await ticket(
      'net',
      at('08:00'),
      held('awaiting-customer', at('08:00')),
      released('awaiting-customer', at('12:00')),
      acknowledged('2026-06-16T11:00:00.000Z'),
    );
    await ticket(
      'net',
      at('08:00'),
      held('manufacturer', at('08:00')),
      released('manufacturer', at('12:00')),
      acknowledged('2026-06-16T11:00:00.000Z'),
    );
    await ticket('net', at('08:00'), newTicketEvent('TicketDeclined', { reason: 'not ours' }, at('09:00')));
    const { total, items, next } = await get('customerId=net');
    expect([items, next]).toEqual([[], null]);
    expect(total).toEqual({
      met: 2,
      breached: 1,
      cancelled: 1,
      open: 0,
      rate: 2 / 3,
      gross: { met: 1, breached: 2, rate: 1 / 3 },
      net: {
        customer: { met: 2, breached: 1, rate: 2 / 3 },
        carrier: { met: 1, breached: 2, rate: 1 / 3 },
        manufacturer: { met: 2, breached: 1, rate: 2 / 3 },
        nobody: { met: 1, breached: 2, rate: 1 / 3 },
        all: { met: 3, breached: 0, rate: 1 },
      },
      time: {
        gross: 'PT25H',
        held: { customer: 'PT4H', carrier: 'PT0S', manufacturer: 'PT4H', nobody: 'PT0S' },
      },
      timeToRespond: {
        count: 3,
        served: { p50: 'PT7H', p90: 'PT10H12M', p95: 'PT10H36M', p99: 'PT10H55M12S' },
        elapsed: { p50: 'PT27H', p90: 'PT27H', p95: 'PT27H', p99: 'PT27H' },
      },
    });
  });

  it('counts a breach that was taken back as met, and one that is past but not recorded as breached', async () => {
    const id = await ticket('late', at('08:00'));
    expect((await get('customerId=late')).total).toMatchObject({ met: 0, breached: 1, open: 0 });
    await server.append(id, acknowledged(at('09:00')));
    expect((await get('customerId=late')).total).toMatchObject({ met: 1, breached: 0, rate: 1 });
  });

  it('counts what was done at exactly the deadline as met, by every reading', async () => {
    await ticket('exact', at('08:00'), acknowledged(at('16:00')));
    const { total } = await get('customerId=exact');
    const met = { met: 1, breached: 0, rate: 1 };
    expect(total).toMatchObject({ ...met, gross: met, net: { customer: met, all: met } });
  });

  it('is of the clocks that started in the period, its end excluded', async () => {
    await ticket('period', at('08:00'));
    await ticket('period', at('09:00'));
    const openedIn = async (from: string, to: string) => {
      const { total } = await get(`customerId=period&from=${from}&to=${to}`);
      return total.met + total.breached;
    };
    expect(await openedIn(at('08:00'), at('09:00'))).toBe(1);
    expect(await openedIn(at('08:00'), at('09:01'))).toBe(2);
    expect(await openedIn(at('09:01'), at('10:00'))).toBe(0);
    expect(await openedIn('2026-06-15T09:00:00%2B01:00', '2026-06-15T10:00:00%2B01:00')).toBe(1);
  });

  it('is grouped by what was asked for, page by page, in order', async () => {
    for (const customer of ['group-b', 'group-a']) {
      await ticket(customer, '2026-06-30T23:30:00.000Z');
      await ticket(customer, at('08:00'));
    }
    await server.open({
      customerId: 'group-a',
      plan: 'set-rate-contract/set-rate',
      priority: 'important',
      at: at('08:00'),
    });
    const months = `from=${at('08:00')}&to=2026-07-02T00:00:00Z&groupBy=month,customer`;
    const first = await get(`${months}&plan=cat-1&limit=200`);
    const ours = first.items
      .map(({ group }: { group: { customerId: string } }) => group)
      .filter(({ customerId }: { customerId: string }) => customerId.startsWith('group'));
    expect(ours).toEqual([
      { customerId: 'group-a', month: '2026-06' },
      { customerId: 'group-b', month: '2026-06' },
      { customerId: 'group-a', month: '2026-07' },
      { customerId: 'group-b', month: '2026-07' },
    ]);
    const paged: unknown[] = [];
    for (let cursor = ''; ; ) {
      const page = await get(`${months}&plan=cat-1&limit=2${cursor}`);
      expect(page.total).toEqual(first.total);
      paged.push(...page.items);
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(paged).toEqual(first.items);
    const every = await get('customerId=group-a&groupBy=plan,contract,priority,objective');
    const setRate = { plan: 'set-rate-contract/set-rate', contractId: 'group-a-1', priority: 'important' };
    expect(every.items.map(({ group }: { group: object }) => group)).toEqual([
      { plan: 'cat-levels/cat-1', contractId: 'group-a-1', priority: 'normal', objective: 'response' },
      { ...setRate, objective: 'resolution' },
      { ...setRate, objective: 'response' },
      { ...setRate, objective: 'update' },
    ]);
    const filters =
      'catalog=set-rate-contract&plan=set-rate&priority=important&objective=update&contractId=group-a-1';
    const filtered = (await get(`${filters}&groupBy=customer`)).items;
    expect(filtered).toMatchObject([{ group: { customerId: 'group-a' }, attainment: { breached: 1 } }]);
  });

  it('shows a customer’s own key no one else’s', async () => {
    await ticket('bakery', at('08:00'));
    await ticket('dentist', at('08:00'));
    const portal = server.portal('bakery');
    const { body } = await portal.get('/v1/attainment?groupBy=customer');
    expect(body.items.map(({ group }: { group: object }) => group)).toEqual([{ customerId: 'bakery' }]);
    expect(body.total).toMatchObject({ breached: 1 });
    expect((await portal.get('/v1/attainment?customerId=dentist')).body.total).toMatchObject({
      met: 0,
      breached: 0,
      open: 0,
      rate: null,
    });
  });

  it.each([
    ['groupBy=customer,weather', '/query/groupBy'],
    ['groupBy=', '/query/groupBy'],
    ['from=yesterday', '/query/from'],
    [`from=${at('09:00')}&to=${at('08:00')}`, '/query/to'],
    [`from=${at('09:00')}&to=${at('09:00')}`, '/query/to'],
    ['objective=patience', '/query/objective'],
    ['limit=0', '/query/limit'],
    ['cursor=nonsense', '/query/cursor'],
    ['colour=red', '/query/colour'],
  ])('refuses %s', async (query, pointer) => {
    const { status, body } = await server.client.get(`/v1/attainment?${query}`);
    expect([status, body.errors[0].pointer]).toEqual([422, pointer]);
  });
});

const begin = Date.parse(at('08:00'));
const instants = fc
  .integer({ min: 0, max: 5 * 24 * 60 })
  .map((minutes) => new Date(begin + minutes * 60_000).toISOString());
const step = fc.oneof(
  instants.map(acknowledged),
  fc.tuple(fc.constantFrom(...holdReasons), instants).map(([reason, time]) => held(reason, time)),
  fc.tuple(fc.constantFrom(...holdReasons), instants).map(([reason, time]) => released(reason, time)),
  instants.map((time) => newTicketEvent('TicketResolved', { resolution: null }, time)),
  instants.map((time) => newTicketEvent('ServiceRestored', { note: null }, time)),
  fc
    .tuple(fc.constantFrom('urgent', 'important', 'low'), instants)
    .map(([priority, time]) => newTicketEvent('PriorityChanged', { priority, previous: '' }, time)),
);
const tickets = fc.array(
  fc.record({
    priority: fc.constantFrom('urgent', 'important', 'low'),
    steps: fc.array(step, { maxLength: 8 }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('for any histories', () => {
  it('the read model counts what the log tells, and groups add up to the total', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(tickets, async (examples) => {
        const customerId = `any-${++run}`;
        const ids: string[] = [];
        for (const { priority, steps } of examples) {
          const plan = 'set-rate-contract/set-rate';
          const id = await server.open({ customerId, plan, priority, at: at('08:00') });
          if (steps.length > 0) await server.append(id, ...steps);
          ids.push(id);
        }
        const { asOf, total, items } = await get(
          `customerId=${customerId}&groupBy=objective,priority&limit=200`,
        );
        const tally = newTally();
        const streams = await server.context.log.readStreams('ticket', ids);
        for (const stream of streams.values()) {
          const events = stream.map(asTicketEvent);
          const state = foldTicket(events);
          if (state === null) throw new Error('no ticket');
          const plans = await server.context.directory.plansForTicket(state.coverage, state.openedAt);
          const history = { plans, events: toClockEvents(events), asOf: Date.parse(asOf) };
          for (const outcome of outcomesOf(history)) count(tally, outcome);
        }
        expect(total).toEqual(representFigures(figuresOf(tally)));
        for (const field of ['met', 'breached', 'cancelled', 'open']) {
          const parts = items.map(
            ({ attainment }: { attainment: Record<string, number> }) => attainment[field],
          );
          expect(parts.reduce((sum: number, part: number) => sum + part, 0)).toBe(total[field]);
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('a database of the release before', () => {
  it('fills what is new, and keeps what was there', async () => {
    const { pool } = server.database;
    const dump = async (table: string) =>
      (await pool.query(`select t::text as row from query.${table} t order by 1`)).rows;
    const tables = ['tickets', 'words', 'deadlines', 'breaches', 'outcomes'];
    const id = await ticket('upgrade', at('08:00'));
    const missed = {
      objective: 'response' as const,
      occurrence: 1,
      dueAt: at('16:00'),
      breachedAt: at('16:00'),
    };
    await server.append(id, newTicketEvent('SlaBreached', missed, at('16:00')));
    await server.open({ customerId: 'upgrade', plan: 'cat-levels/cat-1' });
    const before = await get('');
    const live = await Promise.all(tables.map(dump));
    expect(live.every((rows) => rows.length > 0)).toBe(true);
    const { position } = await server.context.log.head();
    await server.halt();
    await pool.query(`
      drop table query.outcomes;
      delete from query.migrations where name = '002-outcomes';
      update query.checkpoints set subscription = 'query.tickets' where subscription = 'query.read-models-2'`);
    await server.resume();
    await eventually(async () => {
      const answer = await server.client.get('/v1/attainment');
      expect(Number(answer.headers.get('ringback-position'))).toBeGreaterThanOrEqual(position);
    });
    expect(await Promise.all(tables.map(dump))).toEqual(live);
    expect((await get('')).total).toEqual(before.total);
    expect((await pool.query('select * from query.parked_events')).rows).toEqual([]);
  });
});
