import { newTicketEvent } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type QueryServer, startQuery } from './testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
});
afterAll(() => server.stop());

const readings = ['gross', 'customer', 'carrier', 'manufacturer', 'nobody', 'all'];
const parties = ['customer', 'carrier', 'manufacturer', 'nobody'];
const tables = ['tickets', 'words', 'deadlines', 'breaches', 'outcomes'];
const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

it('a database whose lists were copies of the tickets goes on as it was', async () => {
  const { pool } = server.database;
  const dump = async () =>
    await Promise.all(
      tables.map(
        async (table) => (await pool.query(`select t::text as row from query.${table} t order by 1`)).rows,
      ),
    );
  const held = await server.open({ customerId: 'bakery', plan: 'cat-levels/cat-1', at: minutesAgo(90) });
  await server.append(
    held,
    newTicketEvent('ClockHeld', { reason: 'awaiting-customer', note: null }, minutesAgo(60)),
    newTicketEvent('ClockReleased', { reason: 'awaiting-customer' }, minutesAgo(30)),
    newTicketEvent('TicketResolved', { resolution: null }, minutesAgo(20)),
  );
  const open = await server.open({
    customerId: 'bakery',
    plan: 'cat-levels/cat-2',
    subject: 'Echo in „KÖLN“',
  });
  await server.append(open, newTicketEvent('ClockHeld', { reason: 'third-party-network', note: null }));
  await server.open({ customerId: null });
  const parked = await server.open({ customerId: 'bakery' });
  await server.append(parked, { ...newTicketEvent('NoteAdded', { text: 'x' }), v: 2 });
  const { position } = await server.context.log.head();
  const settled = () =>
    eventually(async () => {
      const answer = await server.client.get('/v1/attainment');
      expect(Number(answer.headers.get('ringback-position'))).toBeGreaterThanOrEqual(position);
    });
  await settled();
  const live = await dump();
  expect(live.every((rows) => rows.length > 0 || rows === live[3])).toBe(true);
  const { items } = (await server.client.get('/v1/tickets?limit=100')).body;
  await server.halt();

  await pool.query(`
    drop table query.words;
    alter table query.tickets add column search tsvector, add column ticket jsonb;
    update query.outcomes set
      ${readings.map((reading) => `due_${reading} = nullif(coalesce(due_${reading}, due_at), 'infinity')`).join(', ')},
      ${parties.map((party) => `held_${party} = case when ended_at is not null then coalesce(held_${party}, 0) end`).join(', ')};
    delete from query.migrations where name in ('004-lists-are-indexes', '005-folded-words')`);
  for (const table of ['checkpoints', 'parked_events'])
    await pool.query(
      `update query.${table} set subscription = 'query.read-models' where subscription = 'query.read-models-2'`,
    );
  for (const ticket of items)
    await pool.query('update query.tickets set ticket = $2 where ticket_id = $1', [ticket.id, ticket]);
  await server.resume();
  await settled();
  expect(await dump()).toEqual(live);
  const waiting = (await server.client.get('/v1/parked-streams/query')).body.items;
  expect(waiting).toMatchObject([{ subscription: 'query.read-models-2', stream: parked }]);
  for (const q of ['echo', 'köln', 'KÖLN'])
    expect((await server.client.get(`/v1/tickets?q=${encodeURIComponent(q)}`)).body.items).toMatchObject([
      { id: open },
    ]);
});
