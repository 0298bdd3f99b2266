import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';
import { hour } from '../testing/watch-catalog.ts';

let database: TimerDatabase;
beforeEach(async () => {
  database = await createTimerDatabase();
});
afterEach(() => database.drop());

/** Opens tickets that come due while no instance runs, a deadline each, 60 ms apart. */
async function openOverdue(count: number): Promise<void> {
  const last = (await database.now()) - 1_000;
  const first = await database.start();
  const openings = Array.from({ length: count }, (_, index) => ({ dueAt: last + hour + index * 60 }));
  await database.open(...openings);
  await eventually(async () => expect(await kept()).toBe(count));
  await first.stop();
  // Everything in the log and in the tables moves back by a day.
  await database.pool.query(
    `update log.events set occurred_at = occurred_at - interval '1 day' where category = 'ticket';
     update sla_timer.tickets set due_at = array(select due_at - interval '1 day' from unnest(due_at) as due_at);
     update sla_timer.deadlines set due_at = due_at - interval '1 day'`,
  );
}

async function kept(): Promise<number | undefined> {
  const { rows } = await database.pool.query<{ count: number }>(
    'select count(*)::int as count from sla_timer.deadlines',
  );
  return rows[0]?.count;
}

/** How many tickets are breached, and how many breaches stand behind one of a later deadline. */
async function breaches(): Promise<{ tickets: number; inverted: number } | undefined> {
  const { rows } = await database.pool.query<{ tickets: number; inverted: number }>(
    `select count(distinct stream_id)::int as tickets, count(*) filter (where due < before)::int as inverted
     from (select stream_id, data->>'dueAt' as due, lag(data->>'dueAt') over (order by position) as before
       from log.events where type = 'SlaBreached') fired`,
  );
  return rows[0];
}

it('fires ten thousand overdue deadlines at the start, oldest first, each once', async () => {
  const count = 10_000;
  await openOverdue(count);
  const second = await database.start();
  await eventually(async () => expect(await database.count('SlaBreached')).toBe(count), { timeout: 50_000 });
  expect(await breaches()).toEqual({ tickets: count, inverted: 0 });
  await eventually(async () => expect(await kept()).toBe(0));
  const metric = await second.metrics.getSingleMetricAsString('ringback_sla_timer_overdue_total');
  expect(metric).toContain(`{kind="taken-over"} ${count}`);
});

it('fires everything overdue before it goes on with a re-planning that an ended instance has left', async () => {
  const count = 4_000;
  await openOverdue(count);
  await database.pool.query(
    'update sla_timer.replans set finished_at = null, after_ticket = default, done = 0',
  );
  await database.start();
  await eventually(async () => {
    const { rowCount } = await database.pool.query('select from sla_timer.replans where finished_at is null');
    expect(rowCount).toBe(0);
  });
  expect(await breaches()).toEqual({ tickets: count, inverted: 0 });
});

it('keeps its looks ahead short while a snapshot keeps thousands of fired deadlines from being cleaned up', async () => {
  const count = 3_000;
  const pinned = await database.pool.connect();
  try {
    await pinned.query('begin isolation level repeatable read');
    await pinned.query('select count(*) from sla_timer.deadlines');
    await database.start();
    const begin = (await database.now()) + 1_000;
    await database.open(...Array.from({ length: count }, (_, index) => ({ dueAt: begin + index })));
    await eventually(async () => expect(await database.count('SlaBreached')).toBe(count));
    await eventually(async () => {
      const { rows } = await database.pool.query('select from sla_timer.deadlines');
      expect(rows).toHaveLength(0);
    });
    // How many pages a look ahead touches, from an instant on.
    const pages = async (from: number) => {
      const explain = await database.pool.connect();
      try {
        await explain.query('begin; set local enable_seqscan = off; set local enable_bitmapscan = off');
        const { rows } = await explain.query<{ 'QUERY PLAN': [{ Plan: { [name: string]: number } }] }>(
          `explain (analyze, buffers, format json) select ticket_id, due_at from sla_timer.deadlines
           where (due_at, ticket_id) > (to_timestamp(${from / 1_000}), '00000000-0000-0000-0000-000000000000')
             and due_at < to_timestamp(${(begin + hour) / 1_000}) order by due_at, ticket_id limit 5000`,
        );
        await explain.query('rollback');
        return rows[0]?.['QUERY PLAN'][0].Plan['Shared Hit Blocks'] ?? 0;
      } finally {
        explain.release();
      }
    };
    expect(await pages(begin + count)).toBeLessThan((await pages(begin - hour)) / 10);
    const next = (await database.now()) + 200;
    const [id = ''] = await database.open({ dueAt: next });
    await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached']));
  } finally {
    await pinned.query('rollback').catch(() => {});
    pinned.release();
  }
});

it('finds a deadline whose wake-up was lost, and drops one that has nothing to say', async () => {
  await database.start();
  const now = await database.now();
  const [quiet = ''] = await database.open({ dueAt: now + hour });
  await eventually(async () => {
    const { rowCount } = await database.pool.query('select from sla_timer.deadlines where ticket_id = $1', [
      quiet,
    ]);
    expect(rowCount).toBe(1);
  });
  await database.pool.query('insert into sla_timer.deadlines (ticket_id, due_at) values ($1, $2)', [
    quiet,
    new Date((await database.now()) + 1_500),
  ]);
  await eventually(async () => {
    const { rows } = await database.pool.query<{ due_at: Date }>(
      'select due_at from sla_timer.deadlines where ticket_id = $1',
      [quiet],
    );
    expect(rows.map(({ due_at }) => due_at.getTime())).toEqual([now + hour]);
  });
  expect(await database.said(quiet)).toEqual([]);
});

it('fires on time when no notification ever arrives', async () => {
  const instance = await database.start({ notifications: false });
  const now = await database.now();
  await database.open(...Array.from({ length: 40 }, (_, index) => ({ dueAt: now + 3_000 + index * 25 })));
  await eventually(async () => expect(await database.count('SlaBreached')).toBe(40));
  const overdue = await instance.metrics.getSingleMetricAsString('ringback_sla_timer_overdue_total');
  expect(overdue).not.toContain('kind=');
});
