import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTimerDatabase, type Instance, type TimerDatabase } from '../testing/timer-database.ts';
import { day, hour, minute } from '../testing/watch-catalog.ts';

let database: TimerDatabase;
let instance: Instance;

beforeAll(async () => {
  database = await createTimerDatabase();
  instance = await database.start();
});
afterAll(() => database.drop());

const deadlinesOf = async (ticketId: string) => {
  const { rows } = await database.pool.query<{ due_at: Date }>(
    'select due_at from sla_timer.deadlines where ticket_id = $1 order by due_at',
    [ticketId],
  );
  return rows.map(({ due_at }) => due_at.getTime());
};

describe('a deadline that comes due', () => {
  it('is recorded as a breach once, after its millisecond is over, and its row goes', async () => {
    const dueAt = (await database.now()) + 400;
    const [id = ''] = await database.open({ dueAt });
    await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached']));
    const breach = (await database.history(id))[1];
    const at = new Date(dueAt).toISOString();
    expect(breach?.data).toEqual({ objective: 'response', occurrence: 1, dueAt: at, breachedAt: at });
    expect(breach?.occurredAt).toBe(at);
    expect(Date.parse(breach?.recordedAt ?? '')).toBeGreaterThan(dueAt);
    await eventually(async () => expect(await deadlinesOf(id)).toEqual([]));
  });

  it('is warned of at its target first', async () => {
    const dueAt = (await database.now()) + 500;
    const [id = ''] = await database.open({ dueAt: dueAt + 30 * minute - 200, priority: 'warned' });
    await eventually(async () => expect(await database.said(id)).toEqual(['SlaTargetMissed']));
    await eventually(async () => expect(await deadlinesOf(id)).toEqual([dueAt + 30 * minute - 200]));
  });

  it('says nothing when it was met in time, even when that is learnt late', async () => {
    const dueAt = (await database.now()) + 300;
    const [met = '', cancelled = '', held = '', last = ''] = await database.open(
      { dueAt },
      { dueAt },
      { dueAt, priority: 'held' },
      { dueAt: dueAt + 50 },
    );
    await database.append(met, 'TicketAcknowledged', { note: null });
    await database.append(cancelled, 'TicketDeclined', { reason: 'not covered' });
    await database.append(held, 'ClockHeld', { reason: 'awaiting-customer', note: null });
    await eventually(async () => expect(await database.said(last)).toEqual(['SlaBreached']));
    for (const id of [met, cancelled, held]) {
      expect(await database.said(id)).toEqual([]);
      expect(await deadlinesOf(id)).toEqual([]);
    }
  });

  it('wakes a timer that sleeps towards a later one', async () => {
    const now = await database.now();
    const [later = ''] = await database.open({ dueAt: now + 2_000 });
    await eventually(async () => expect(await deadlinesOf(later)).toEqual([now + 2_000]));
    const [earlier = ''] = await database.open({ dueAt: now + 300 });
    await eventually(async () => expect(await database.said(earlier)).toEqual(['SlaBreached']));
    expect(await database.said(later)).toEqual([]);
    await eventually(async () => expect(await database.said(later)).toEqual(['SlaBreached']));
  });

  it('is missed at once by a change of priority that puts it into the past', async () => {
    const dueAt = (await database.now()) + 30 * minute;
    const [id = ''] = await database.open({ dueAt });
    const { recordedAt } = await database.append(id, 'PriorityChanged', {
      priority: 'urgent',
      previous: 'normal',
    });
    await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached']));
    expect((await database.history(id))[2]?.data).toMatchObject({
      dueAt: new Date(dueAt - 50 * minute).toISOString(),
      breachedAt: recordedAt,
    });
  });

  it('does not fire early and is not lost when it lies 400 days ahead', async () => {
    const lasts = 400 * day;
    const now = await database.now();
    const [distant = ''] = await database.open({ dueAt: now + lasts - 1_000, priority: 'distant', lasts });
    const [soon = ''] = await database.open({ dueAt: now + 500, priority: 'distant', lasts });
    await eventually(async () => expect(await database.said(soon)).toEqual(['SlaBreached']));
    expect(await database.said(distant)).toEqual([]);
    expect(await deadlinesOf(distant)).toEqual([now + lasts - 1_000]);
  });
});

describe('evidence that arrives late', () => {
  it('takes the breach back, and a real one may follow', async () => {
    const dueAt = (await database.now()) + 200;
    const [id = ''] = await database.open({ dueAt, priority: 'held' });
    await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached']));
    const heldAt = dueAt - 30 * minute;
    const held = { reason: 'awaiting-customer' as const, note: null };
    await database.append(id, 'ClockHeld', held, heldAt);
    await eventually(async () =>
      expect(await database.said(id)).toEqual(['SlaBreached', 'SlaBreachRetracted']),
    );
    const retraction = (await database.history(id))[3];
    expect(retraction?.data.causeEventId).toBe((await database.history(id))[2]?.id);
    const releasedAt = (await database.now()) - 30 * minute + 300;
    await database.append(id, 'ClockReleased', { reason: 'awaiting-customer' }, releasedAt);
    await eventually(async () =>
      expect(await database.said(id)).toEqual(['SlaBreached', 'SlaBreachRetracted', 'SlaBreached']),
    );
    const again = (await database.history(id))[5];
    expect(again?.data.breachedAt).toBe(new Date(releasedAt + 30 * minute).toISOString());
  });
});

it('stops no other ticket’s deadlines when one cannot be decided', async () => {
  const dueAt = (await database.now()) + 300;
  const [broken = '', sound = ''] = await database.open(
    { dueAt, coverage: { plan: { catalog: 'watch', catalogVersion: 9, plan: 'full' } } },
    { dueAt },
  );
  await database.pool.query('insert into sla_timer.deadlines (ticket_id, due_at) values ($1, $2)', [
    broken,
    new Date(dueAt),
  ]);
  await eventually(async () => expect(await database.said(sound)).toEqual(['SlaBreached']));
  const [next = ''] = await database.open({ dueAt: (await database.now()) + 200 });
  await eventually(async () => expect(await database.said(next)).toEqual(['SlaBreached']));
  expect(await database.said(broken)).toEqual([]);
  await eventually(async () =>
    expect(await instance.metrics.getSingleMetricAsString('ringback_sla_timer_failed_total')).toMatch(
      / [1-9]\d*$/m,
    ),
  );
});

it('keeps what a rebuild would make of the same log', async () => {
  await database.open({ dueAt: (await database.now()) + hour });
  const rows = async () => {
    const { rows: tickets } = await database.pool.query(
      `select t.*, array(select d.due_at from sla_timer.deadlines d
         where d.ticket_id = t.ticket_id order by d.due_at) as deadlines
       from sla_timer.tickets t order by t.ticket_id`,
    );
    for (const { due_at, deadlines } of tickets) expect(deadlines).toEqual(due_at);
    return tickets.map(({ unattended_since, ...ticket }) => ticket);
  };
  const { position } = await database.log.head();
  const checkpoint = async () => {
    const { rows: found } = await database.pool.query<{ position: string }>(
      `select position from sla_timer.checkpoints where subscription = 'sla_timer.deadlines'`,
    );
    return Number(found[0]?.position);
  };
  await eventually(async () => expect(await checkpoint()).toBe(position));
  const live = await rows();
  await instance.stop();
  await database.pool.query(
    `truncate sla_timer.tickets, sla_timer.deadlines, sla_timer.parked_events;
     update sla_timer.checkpoints set position = 0 where subscription = 'sla_timer.deadlines'`,
  );
  instance = await database.start();
  await eventually(async () => expect(await checkpoint()).toBe(position));
  await eventually(async () => expect(await rows()).toEqual(live));
});
