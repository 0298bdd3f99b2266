import { randomUUID } from 'node:crypto';
import { inTransaction } from '@ringback/event-log';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Due } from './due.ts';
import { createScheduleDatabase, type ScheduleDatabase } from './testing/schedule-database.ts';
import { alarms, reminders, startToy, type Toy, type ToyOptions } from './testing/toy-schedule.ts';

let database: ScheduleDatabase;
let toys: Toy[];

beforeEach(async () => {
  database = await createScheduleDatabase();
  toys = [];
});
afterEach(async () => {
  for (const toy of toys) await toy.stop();
  await database.drop();
});

async function start(options: ToyOptions = {}): Promise<Toy> {
  const toy = await startToy(database.url, options);
  toys.push(toy);
  return toy;
}

async function alarmsAt(...dueAt: number[]): Promise<Due[]> {
  return dueAt.map((at) => ({ key: randomUUID(), dueAt: at }));
}

const firedKeys = async () => (await database.fired()).map(({ key }) => key);
const day = 86_400_000;

describe('an item', () => {
  it('fires once when its millisecond is over, and is gone', async () => {
    const toy = await start();
    const dues = await alarmsAt((await database.now()) + 300, (await database.now()) + 400);
    await toy.alarm.put(database.pool, dues);
    toy.alarm.kept(dues);
    await eventually(async () => expect(await firedKeys()).toEqual(dues.map(({ key }) => key)));
    for (const { lateBy } of await database.fired()) expect(lateBy).toBeGreaterThanOrEqual(1);
    expect(await database.left(alarms)).toEqual([]);
  });

  it('of a transaction that is rolled back does not fire', async () => {
    const toy = await start();
    const [rolledBack, kept] = await alarmsAt((await database.now()) + 200, (await database.now()) + 300);
    if (rolledBack === undefined || kept === undefined) throw new Error('no items');
    await inTransaction(database.pool, async (transaction) => {
      await toy.alarm.put(transaction, [rolledBack]);
      throw new Error('the projection failed');
    }).catch(() => {});
    // As by a caller that announces it all the same.
    toy.alarm.kept([rolledBack]);
    await toy.alarm.put(database.pool, [kept]);
    toy.alarm.kept([kept]);
    await eventually(async () => expect(await firedKeys()).toEqual([kept.key]));
  });

  it('that is moved earlier wakes the timer, and one that is moved later or removed does not fire at its old instant', async () => {
    const toy = await start();
    const now = await database.now();
    const [earlier, later, gone] = ['contract:earlier', 'contract:later', 'contract:gone'] as const;
    const first = [earlier, later, gone].map((key) => ({ key, dueAt: now + 900 }));
    await toy.reminder.put(database.pool, first);
    toy.reminder.kept(first);
    await toy.reminder.replace(database.pool, [
      { key: earlier, dueAt: [now + 300] },
      { key: later, dueAt: [now + 1_500] },
      { key: gone, dueAt: [] },
    ]);
    toy.reminder.kept([
      { key: earlier, dueAt: now + 300 },
      { key: later, dueAt: now + 1_500 },
    ]);
    await eventually(async () =>
      expect((await database.fired()).map(({ key, dueAt }) => ({ key, dueAt }))).toEqual([
        { key: earlier, dueAt: now + 300 },
        { key: later, dueAt: now + 1_500 },
      ]),
    );
    expect(await database.left(reminders)).toEqual([]);
  });

  it('that is removed is said to have been there, and one that has fired is not', async () => {
    const toy = await start();
    const now = await database.now();
    const [fired, waiting] = await alarmsAt(now - 10, now + day);
    if (fired === undefined || waiting === undefined) throw new Error('no items');
    await toy.alarm.put(database.pool, [fired, waiting]);
    toy.alarm.kept([fired]);
    await eventually(async () => expect(await firedKeys()).toEqual([fired.key]));
    expect(await toy.alarm.remove(database.pool, [fired, waiting])).toEqual([waiting]);
    expect(await database.left(alarms)).toEqual([]);
  });

  it('400 days ahead neither fires early nor is lost', async () => {
    const toy = await start();
    const now = await database.now();
    const [distant, soon] = await alarmsAt(now + 400 * day, now + 300);
    if (distant === undefined || soon === undefined) throw new Error('no items');
    await toy.alarm.put(database.pool, [distant, soon]);
    toy.alarm.kept([distant, soon]);
    await eventually(async () => expect(await firedKeys()).toEqual([soon.key]));
    expect(await database.left(alarms)).toEqual([distant]);
    expect(toy.alarm.waiting).toBe(0);
  });

  it('fires on time when its instance hears nothing of it but by looking ahead', async () => {
    await start();
    const begin = (await database.now()) + 2_500;
    const dues = await alarmsAt(...Array.from({ length: 40 }, (_, index) => begin + index * 20));
    const other = await start({ name: 'other' });
    await other.stop();
    toys.pop();
    await other.alarm.put(database.pool, dues);
    await eventually(async () => expect(await firedKeys()).toEqual(dues.map(({ key }) => key)));
  });
});

describe('after a downtime', () => {
  it('overdue items fire oldest first, each once', async () => {
    const first = await start();
    await first.stop();
    toys.pop();
    const now = await database.now();
    const count = 3_000;
    const dues = await alarmsAt(...Array.from({ length: count }, (_, index) => now - day + index * 1_000));
    await first.alarm.put(
      database.pool,
      dues.toSorted(() => Math.random() - 0.5),
    );
    const reasons: unknown[] = [];
    await start({ onOverdue: (found, reason) => reasons.push({ found, reason }) });
    await eventually(async () => expect(await firedKeys()).toHaveLength(count), { timeout: 40_000 });
    expect(await firedKeys()).toEqual(dues.map(({ key }) => key));
    await eventually(() => expect(reasons).toEqual([{ found: count, reason: 'taken-over' }]));
  });
});

describe('the clock of an instance', () => {
  it.each([
    { name: 'an hour ahead', to: 3_600_000 },
    { name: 'an hour behind', to: -3_600_000 },
  ])('that steps $name makes nothing fire early or get lost', async ({ to }) => {
    let step = 0;
    const toy = await start({ clock: { now: () => Date.now() + step } });
    const now = await database.now();
    const dues = await alarmsAt(...Array.from({ length: 20 }, (_, index) => now + 200 + index * 100));
    const [later] = await alarmsAt(now + day);
    await toy.alarm.put(database.pool, later === undefined ? dues : [...dues, later]);
    toy.alarm.kept(dues);
    step = to;
    await eventually(async () =>
      expect(new Set(await firedKeys())).toEqual(new Set(dues.map(({ key }) => key))),
    );
    for (const { lateBy } of await database.fired()) expect(lateBy).toBeGreaterThanOrEqual(1);
  });
});

describe('a kind', () => {
  it('whose effects take long delays no other', async () => {
    const slow = Promise.withResolvers<void>();
    const toy = await start({ onFire: ({ key }) => (key === 'slow' ? slow.promise : undefined) });
    const now = await database.now();
    const [alarm] = await alarmsAt(now + 300);
    if (alarm === undefined) throw new Error('no item');
    await toy.reminder.put(database.pool, [{ key: 'slow', dueAt: now }]);
    toy.reminder.kept([{ key: 'slow', dueAt: now }]);
    await toy.alarm.put(database.pool, [alarm]);
    toy.alarm.kept([alarm]);
    await eventually(async () => expect(await firedKeys()).toEqual([alarm.key]));
    slow.resolve();
    await eventually(async () => expect(await firedKeys()).toEqual([alarm.key, 'slow']));
  });
});
