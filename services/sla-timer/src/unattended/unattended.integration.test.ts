import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';
import { hour } from '../testing/watch-catalog.ts';
import { createUnattendedWatch } from './unattended.ts';

let database: TimerDatabase;
beforeAll(async () => {
  database = await createTimerDatabase();
  await database.start();
});
afterAll(() => database.drop());

it('names tickets that are open with neither a clock nor an owner, once, and counts them', async () => {
  const dueAt = (await database.now()) + hour;
  const [without = '', owned = '', running = '', met = '', uncovered = ''] = await database.open(
    { dueAt, priority: 'free' },
    { dueAt, priority: 'free' },
    { dueAt },
    { dueAt },
    { dueAt, coverage: { contractId: null, standing: 'none', plan: null, chargeable: true } },
  );
  await database.append(owned, 'TicketAssigned', { assignee: 'kim' });
  await database.append(met, 'TicketAcknowledged', { note: null });
  const unattended = async () => {
    const { rows } = await database.pool.query<{ ticket_id: string }>(
      'select ticket_id from sla_timer.tickets where unattended_since is not null',
    );
    return rows.map(({ ticket_id }) => ticket_id).sort();
  };
  await eventually(async () => expect(await unattended()).toEqual([without, met, uncovered].sort()));

  const told: string[][] = [];
  const counts: number[] = [];
  const watch = createUnattendedWatch({
    pool: database.pool,
    logger: {
      info: () => {},
      error: () => {},
      warn: (fields) => told.push((fields as { tickets: string[] }).tickets.toSorted()),
    },
    isResponsible: () => true,
    onCounted: (count) => counts.push(count),
  });
  await watch.check();
  expect({ told, counts }).toEqual({ told: [], counts: [0] });
  await database.pool.query(
    `update sla_timer.tickets set unattended_since = unattended_since - interval '31 seconds'
     where unattended_since is not null`,
  );
  await watch.check();
  await watch.check();
  expect({ told, counts }).toEqual({ told: [[without, met, uncovered].sort()], counts: [0, 3, 3] });
  await database.append(without, 'TicketAssigned', { assignee: 'kim' });
  await eventually(async () => expect(await unattended()).toEqual([met, uncovered].sort()));
  expect(running).not.toBe('');
});
