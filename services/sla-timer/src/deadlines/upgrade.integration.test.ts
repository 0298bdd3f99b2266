import { randomUUID } from 'node:crypto';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { firstRelease } from '../testing/first-release.ts';
import { createTimerDatabase, migrateTimer, type TimerDatabase } from '../testing/timer-database.ts';
import { hour } from '../testing/watch-catalog.ts';

let database: TimerDatabase;

beforeEach(async () => {
  database = await createTimerDatabase({ migrations: firstRelease });
});
afterEach(() => database.drop());

const deadlines = async () => {
  const { rows } = await database.pool.query<{ ticket_id: string; due_at: Date; shard: number }>(
    'select ticket_id, due_at, shard from sla_timer.deadlines order by due_at',
  );
  return rows.map(({ ticket_id, due_at, shard }) => ({ id: ticket_id, dueAt: due_at.getTime(), shard }));
};

/** Tickets with their deadlines, as the earlier release has projected them. */
async function projected(...dueAt: number[]): Promise<string[]> {
  const ids = await database.open(...dueAt.map((at) => ({ dueAt: at })));
  await database.pool.query(
    `with made as (
       insert into sla_timer.tickets (ticket_id, version, catalog, covered, open, due_at)
       select id, 1, 'watch', true, true, array[to_timestamp(due / 1000.0)]::timestamptz(3)[]
       from unnest($1::uuid[], $2::float8[]) as t (id, due) returning ticket_id, due_at)
     insert into sla_timer.deadlines (ticket_id, due_at) select ticket_id, unnest(due_at) from made`,
    [ids, dueAt],
  );
  await database.pool.query(
    `insert into sla_timer.checkpoints (subscription, position)
     select subscription, position from log.head, unnest(array['sla_timer.deadlines', 'sla_timer.replanning']) as subscription`,
  );
  return ids;
}

it('keeps the deadlines of a database of the first release, and fires them', async () => {
  const now = await database.now();
  const [overdue = '', soon = '', later = ''] = await projected(now - 60_000, now + 3_000, now + hour);
  // Its last instance was killed: no one has released the shards.
  await database.pool.query(
    `update sla_timer.shards set owner = $1, epoch = 3, expires_at = clock_timestamp() + interval '500 milliseconds'`,
    [randomUUID()],
  );
  const before = await deadlines();
  expect(before).toHaveLength(3);
  expect(await migrateTimer(database.pool)).not.toEqual([]);
  expect(await deadlines()).toEqual(before);
  await database.start();
  await eventually(async () => expect(await database.said(soon)).toEqual(['SlaBreached']));
  expect(await database.said(overdue)).toEqual(['SlaBreached']);
  await eventually(async () => expect(await deadlines()).toEqual(before.filter(({ id }) => id === later)));
  expect(await migrateTimer(database.pool)).toEqual([]);
});

it('shares the shards with an instance of the first release that still runs', async () => {
  await migrateTimer(database.pool);
  // What such an instance writes: it knows the columns and tables of its release only.
  const old = randomUUID();
  await database.pool.query(
    `insert into sla_timer.instances (instance, expires_at) values ($1, clock_timestamp() + interval '1 hour')`,
    [old],
  );
  await database.pool.query(
    `update sla_timer.shards set owner = $1, epoch = epoch + 1, expires_at = clock_timestamp() + interval '1 hour'
     where shard < 32`,
    [old],
  );
  const instance = await database.start();
  const shards = await instance.metrics.getSingleMetricAsString('ringback_sla_timer_shards');
  expect(shards).toMatch(/ 32$/m);
});
