import { newTicketEvent } from '@ringback/domain/ticket';
import type { StoredEvent } from '@ringback/event-log';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';
import { createRandom, loadRandomly } from '../testing/random-load.ts';
import { sourceOfPages } from './reading/source.ts';
import { type RebuildOptions, rebuildReadModels } from './rebuild.ts';

let server: QueryServer;
let lines: string[];
beforeEach(async () => {
  server = await startQuery();
  lines = [];
});
afterEach(() => server.stop());

const rebuild = (options: Partial<RebuildOptions> = {}) =>
  rebuildReadModels({
    databaseUrl: server.database.url,
    from: 'postgres',
    check: false,
    replayParked: false,
    write: (line) => lines.push(line),
    ...options,
  });
const check = (options: Partial<RebuildOptions> = {}) => rebuild({ check: true, ...options });
const query = async <R extends object>(text: string, values: unknown[] = []) =>
  (await server.database.pool.query<R>(text, values)).rows;
const tables = () =>
  query<{ oid: number }>(
    `select oid from pg_class where relnamespace = 'query'::regnamespace order by relname`,
  );
const unknown = { type: 'TicketTeleported', v: 1, data: {} };

async function appendUnknown(id: string): Promise<void> {
  await server.context.log.append({
    appends: [{ stream: { category: 'ticket', id }, expected: 'any', events: [unknown] }],
    metadata: { actor: 'service:test' },
  });
}

/** A date that the deadlines of open tickets may lie on. */
function nextWeekday(): string {
  const day = new Date(Date.now() + 24 * 3_600_000);
  while (day.getUTCDay() % 6 === 0) day.setUTCDate(day.getUTCDate() + 1);
  return day.toISOString().slice(0, 10);
}

async function settled(): Promise<void> {
  const { position } = await server.context.log.head();
  await eventually(async () => {
    const answer = await server.client.get('/v1/tickets?limit=1');
    expect(Number(answer.headers.get('ringback-position'))).toBeGreaterThanOrEqual(position);
  });
}

describe('tables rebuilt from the log', () => {
  it('equal those that were kept live, byte for byte, parked tickets among them', async () => {
    const early = await loadRandomly(server, 60, 1);
    const calendar = 'cat-levels/working';
    await server.define('calendar', calendar, 'CalendarExceptionAdded', {
      calendar,
      date: nextWeekday(),
      hours: [],
      reason: 'a test',
    });
    await loadRandomly(server, 60, 2);
    for (const id of early.slice(0, 3)) await appendUnknown(id);
    for (const id of early) await server.append(id, newTicketEvent('NoteAdded', { text: 'later' }));
    await settled();
    const parked = await query(`select distinct stream_id from query.parked_events`);
    expect(parked).toHaveLength(3);
    const { comparison, tickets, failed } = await check();
    expect(comparison?.differences).toEqual([]);
    expect(comparison?.rows).toBeGreaterThan(120);
    expect(tickets).toBe(120);
    expect(failed).toEqual([]);
    expect(await query(`select from pg_namespace where nspname = 'query_rebuild'`)).toEqual([]);
  });

  it('equal them even when the source knows no order but that of a ticket, and repeats itself', async () => {
    await loadRandomly(server, 40, 3);
    await settled();
    const random = createRandom(4);
    const source = sourceOfPages(async function* read({ until }) {
      const events: StoredEvent[] = await server.context.log.readAll({
        after: 0,
        limit: 100_000,
        category: 'ticket',
      });
      const partitions = Map.groupBy(
        events.filter(({ position }) => position <= until),
        ({ streamId }) => streamId.charCodeAt(0) % 3,
      );
      for (const partition of partitions.values()) {
        for (let at = 0; at < partition.length; at += 7) {
          yield partition.slice(at, at + 7);
          if (random() < 0.3) yield partition.slice(Math.max(0, at - 20), at + 7);
        }
      }
    });
    expect((await check({ source })).comparison).toMatchObject({ different: 0 });
  });

  it('are refused where the source lacks an event', async () => {
    const [id = ''] = await loadRandomly(server, 1, 5);
    await server.append(id, newTicketEvent('NoteAdded', { text: 'the last' }));
    const source = sourceOfPages(async function* read() {
      const events = await server.context.log.readStream({ category: 'ticket', id });
      yield events.slice(1);
    });
    await expect(rebuild({ source })).rejects.toThrow(`version 1 of ticket ${id} is missing`);
  });

  it('name the rows that live tables have otherwise', async () => {
    const ids = await loadRandomly(server, 10, 6);
    await settled();
    await query(`update query.tickets set assignee = 'mallory' where ticket_id = $1`, [ids[0]]);
    await query('delete from query.tickets where ticket_id = $1', [ids[1]]);
    const { comparison } = await check();
    expect(comparison?.different).toBe(2);
    expect(comparison?.differences).toContainEqual(
      expect.objectContaining({
        table: 'tickets',
        key: { ticket_id: ids[0] },
        live: { assignee: 'mallory' },
      }),
    );
    expect(comparison?.differences).toContainEqual(
      expect.objectContaining({ key: { ticket_id: ids[1] }, live: null }),
    );
    await rebuild();
    expect((await check()).comparison).toMatchObject({ different: 0, differences: [] });
  });
});

describe('the switch', () => {
  it('is not noticed by whoever reads, nor by the projection, while both go on', async () => {
    await loadRandomly(server, 40, 7);
    await settled();
    const before = await tables();
    const statuses = new Set<number>();
    let isOver = false;
    const read = async (path: string) => {
      while (!isOver) statuses.add((await server.client.get(path)).status);
    };
    const write = async () => {
      for (let seed = 100; !isOver; seed += 1) await loadRandomly(server, 5, seed);
    };
    const paths = ['/v1/tickets?q=back', '/v1/queue', '/v1/breaches', '/v1/deadlines', '/v1/breaches'];
    const others = [...paths.map(read), write()];
    const appended = await server.context.log.head();
    const { position } = await rebuild({ onBuilt: () => loadRandomly(server, 30, 8).then(() => {}) });
    isOver = true;
    await Promise.all(others);
    expect([...statuses]).toEqual([200]);
    expect(position).toBeGreaterThan(appended.position);
    expect(await tables()).not.toEqual(before);
    await settled();
    expect((await check()).comparison).toMatchObject({ different: 0 });
  });

  it('keeps every index, constraint, grant and option of the tables', async () => {
    await query('alter table query.deadlines set (fillfactor = 80)');
    await query('alter table query.breaches set (autovacuum_enabled = false)');
    await query('alter table query.words set (autovacuum_enabled = true)');
    await query(`grant select on query.tickets to public`);
    const shape = () =>
      query(
        `select c.relname, c.relkind, c.reloptions, c.relacl::text, pg_get_indexdef(c.oid) as index,
           array(select pg_get_constraintdef(oid) from pg_constraint where conrelid = c.oid order by 1) as constraints,
           array(select attname || ' ' || atttypid::regtype || attnotnull || attgenerated::text || coalesce(attstattarget::text, '') || coalesce(pg_get_expr(adbin, adrelid), '') from pg_attribute left join pg_attrdef
             on adrelid = attrelid and adnum = attnum where attrelid = c.oid and attnum > 0 and not attisdropped
             order by attnum) as columns
         from pg_class c where relnamespace = 'query'::regnamespace and relkind in ('r', 'i') order by relname`,
      );
    const before = await shape();
    await rebuild();
    expect(await shape()).toEqual(before);
  });

  it('waits for a long reader without keeping the others waiting for good', async () => {
    const [id] = await loadRandomly(server, 3, 9);
    const reader = await server.database.pool.connect();
    await reader.query('begin; select count(*) from query.tickets');
    const rebuilt = rebuild();
    await eventually(() => expect(lines.join('\n')).toContain('the switch waits'));
    expect((await server.client.get('/v1/tickets?limit=1')).status).toBe(200);
    await reader.query('commit');
    reader.release();
    await rebuilt;
    expect((await server.client.get(`/v1/tickets/${id}`)).status).toBe(200);
    expect((await check()).comparison).toMatchObject({ different: 0 });
  });

  it('takes a projection that is behind along', async () => {
    await loadRandomly(server, 10, 10);
    await settled();
    await query(`update query.checkpoints set position = 5 where subscription = 'query.read-models-2'`);
    await query('truncate query.tickets, query.words, query.deadlines, query.breaches, query.outcomes');
    const { position } = await rebuild();
    const { position: head } = await server.context.log.head();
    expect(position).toBe(head);
    await loadRandomly(server, 10, 11);
    await settled();
    expect((await check()).comparison).toMatchObject({ different: 0 });
  });
});

describe('a rebuild', () => {
  it('that dies leaves the live tables as they were, and the next one cleans up', async () => {
    await loadRandomly(server, 10, 12);
    await settled();
    const before = await tables();
    await expect(rebuild({ onBuilt: () => Promise.reject(new Error('killed')) })).rejects.toThrow('killed');
    expect(await tables()).toEqual(before);
    expect(await query(`select from pg_namespace where nspname = 'query_rebuild'`)).toHaveLength(1);
    await rebuild();
    expect(await query(`select from pg_namespace where nspname = 'query_rebuild'`)).toEqual([]);
    expect((await check()).comparison).toMatchObject({ different: 0 });
  });

  it.each([1, 2])(
    'whose rows PostgreSQL refuses says so, whichever of %d threads wrote them',
    async (workers) => {
      await loadRandomly(server, 10, 15);
      await settled();
      const before = await tables();
      await query(`alter table query.tickets add constraint odd check (ascii(reference) < 0) not valid`);
      const refused = await rebuild({ workers, threadsFrom: 0 }).catch((error: unknown) => error);
      expect(String(refused)).toContain('violates check constraint "odd"');
      expect(await tables()).toEqual(before);
      await query('alter table query.tickets drop constraint odd');
      await rebuild({ workers, threadsFrom: 0 });
      expect((await check()).comparison).toMatchObject({ different: 0 });
    },
  );

  it('refuses to run alongside another', async () => {
    await loadRandomly(server, 3, 13);
    let refused: unknown;
    await rebuild({
      onBuilt: async () => {
        refused = await rebuild().catch((error: unknown) => error);
      },
    });
    expect(String(refused)).toContain('Another rebuild of the read models is under way');
  });

  it('leaves parked tickets parked, or tries them again when it is asked to', async () => {
    const id = await server.open({ customerId: 'bakery', plan: 'cat-levels/cat-1', catalogVersion: 2 });
    const other = await server.open({ customerId: 'bakery' });
    await appendUnknown(other);
    await settled();
    const parked = () => query('select stream_id, position from query.parked_events order by position');
    await eventually(async () => expect(await parked()).toHaveLength(2));
    const before = await parked();
    await server.publish('cat-levels', 2);
    await rebuild();
    expect(await parked()).toEqual(before);
    expect((await check()).comparison).toMatchObject({ different: 0 });
    const { failed } = await rebuild({ replayParked: true });
    expect(failed).toMatchObject([{ streamId: other }]);
    expect(await parked()).toMatchObject([{ stream_id: other }]);
    expect(await query('select from query.tickets where ticket_id = $1', [id])).toHaveLength(1);
    expect((await check()).comparison).toMatchObject({ different: 0 });
  });

  it('parks a ticket that it cannot process any more, from the event on that is at fault', async () => {
    const id = await server.open({ customerId: 'bakery' });
    await server.append(id, newTicketEvent('NoteAdded', { text: 'good' }));
    await settled();
    await query(
      `update log.events set data = '{"objective": 1}', type = 'SlaBreached', v = 9 where stream_id = $1 and version = 2`,
      [id],
    );
    const { failed } = await rebuild();
    expect(failed).toMatchObject([
      { streamId: id, error: expect.stringContaining('SlaBreached of version 9') },
    ]);
    await server.append(id, newTicketEvent('NoteAdded', { text: 'waits' }));
    await settled();
    expect(await query('select from query.parked_events where stream_id = $1', [id])).toHaveLength(2);
    expect(await query('select version from query.tickets where ticket_id = $1', [id])).toEqual([
      { version: 1 },
    ]);
    expect((await check()).comparison).toMatchObject({ different: 0 });
  });

  it('folds in threads as it does in one', async () => {
    await loadRandomly(server, 30, 14);
    await settled();
    expect((await check({ workers: 2, threadsFrom: 0 })).comparison).toMatchObject({ different: 0 });
  });
});
