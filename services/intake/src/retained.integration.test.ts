import { createLogger, createRetention, type ServiceContext } from '@ringback/service-kit';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { retainedByIntake } from './retained.ts';
import { type IntakeServer, startIntake } from './testing/intake-server.ts';

let server: IntakeServer;
beforeAll(async () => {
  server = await startIntake();
});
afterAll(() => server.stop());

const keep = { deliveries: 90, notifications: 90, idempotencyKeys: 7 };
const retentionOf = (days: Partial<typeof keep> = {}, metrics = new Registry()) =>
  createRetention({
    pool: server.database.pool,
    logger: createLogger('silent', 'test'),
    metrics,
    retained: retainedByIntake({ keep: { ...keep, ...days } }),
  });

async function store(name: string, state: string, age: number, unfinished = 0): Promise<void> {
  await server.database.pool.query(
    `insert into intake.deliveries (integration_id, adapter, query, body, digest, state, received_at, unfinished,
       next_attempt_at)
     values ('pbx', 'zammad-cti', '', '', $1, $2, clock_timestamp() - make_interval(days => $3), $4, 'infinity')`,
    [name, state, age, unfinished],
  );
}
const stored = async () => {
  const { rows } = await server.database.pool.query<{ digest: string }>(
    `select digest from intake.deliveries where integration_id = 'pbx' order by digest`,
  );
  return rows.map(({ digest }) => digest);
};

it('Deliveries that are over go after their days; what is pending or set aside stays.', async () => {
  for (const state of ['done', 'failed', 'pending']) {
    await store(`${state} old`, state, 91);
    await store(`${state} new`, state, 89);
  }
  await store('set aside', 'failed', 400, 3);
  for (let nth = 0; nth < 2_500; nth += 500) {
    await server.database.pool.query(
      `insert into intake.deliveries (integration_id, adapter, query, body, digest, state, received_at)
       select 'many', 'zammad-cti', '', '', 'many ' || n, 'done', clock_timestamp() - interval '1 year'
       from generate_series($1::int, $1::int + 499) n`,
      [nth],
    );
  }
  expect(await retentionOf({ deliveries: 0 }).purge()).toBe(0);
  const metrics = new Registry();
  expect(await retentionOf({}, metrics).purge()).toBe(2_502);
  expect(await stored()).toEqual(['done new', 'failed new', 'pending new', 'pending old', 'set aside']);
  expect(await metrics.metrics()).toContain('ringback_purged_rows_total{what="deliveries"} 2502\n');
});

it('The answer to an Idempotency-Key comes again for seven days; later it is a new request. The log stays.', async () => {
  const open = async () =>
    (await server.client.post('/v1/tickets', { subject: 'x' }, { 'idempotency-key': 'once' })).body.id;
  const first = await open();
  await retentionOf().purge();
  expect(await open()).toBe(first);
  const { pool } = server.database;
  const events = async () =>
    (await pool.query('select count(*)::int as count from log.events')).rows[0].count;
  const before = await events();
  await pool.query(`update log.commands set recorded_at = clock_timestamp() - interval '8 days'`);
  expect(await retentionOf().purge()).toBeGreaterThan(0);
  expect(await events()).toBe(before);
  expect(await open()).not.toBe(first);
});

it('Two instances that delete at once leave nothing, and get in no one’s way.', async () => {
  const context = server.running.contexts.get('intake') as ServiceContext;
  expect(context.configuration.keep).toEqual(keep);
  await server.database.pool.query(
    `insert into intake.deliveries (integration_id, adapter, query, body, digest, state, received_at)
     select 'two', 'zammad-cti', '', '', 'two ' || n, 'done', clock_timestamp() - interval '1 year'
     from generate_series(1, 3000) n`,
  );
  const deleted = await Promise.all([retentionOf().purge(), retentionOf().purge()]);
  expect(deleted[0] + deleted[1]).toBe(3_000);
});
