import { eventually } from '@ringback/test-kit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createScheduleDatabase, type ScheduleDatabase } from './testing/schedule-database.ts';
import { reminders, startToy, type Toy } from './testing/toy-schedule.ts';

let database: ScheduleDatabase;
let toys: Toy[];
let run = 0;

beforeAll(async () => {
  database = await createScheduleDatabase();
  toys = [await startToy(database.url, { name: 'one' }), await startToy(database.url, { name: 'two' })];
});
afterAll(async () => {
  for (const toy of toys) await toy.stop();
  await database.drop();
});

const operation = fc.record({
  /** Milliseconds from the beginning. */
  at: fc.integer({ min: 0, max: 500 }),
  what: fc.constantFrom('put', 'replace', 'remove'),
  key: fc.integer({ min: 0, max: 5 }),
  /** Milliseconds from the beginning; some are overdue when they are put. */
  dueAt: fc.array(fc.integer({ min: -200, max: 900 }), { minLength: 1, maxLength: 3 }),
  instance: fc.integer({ min: 0, max: 1 }),
});
const example = fc.array(operation, { minLength: 1, maxLength: 25 });

/**
 * A naive model: the items that are there, changed by one operation after the other. What the database answers decides
 * races between an operation and a firing: a removal that finds its item has come first.
 */
interface Put {
  key: string;
  dueAt: number;
  /** Was removed, and found, before it fired; or may have been. */
  fate: 'fires' | 'removed' | 'either';
}

it('fires what is put and not removed, once and not early, whatever is put, moved and removed on two instances', async () => {
  await fc.assert(
    fc.asyncProperty(example, async (operations) => {
      run += 1;
      const begin = await database.now();
      const puts = new Map<string, Put>();
      const nameOf = (key: string, dueAt: number) => `${key} ${dueAt}`;
      const add = (key: string, dueAt: number) => {
        const name = nameOf(key, dueAt);
        if (!puts.has(name)) puts.set(name, { key, dueAt, fate: 'fires' });
      };
      // One after the other, each not before its instant.
      for (const { at, what, key: number, dueAt, instance } of operations.toSorted((a, b) => a.at - b.at)) {
        await eventually(async () => expect(await database.now()).toBeGreaterThanOrEqual(begin + at), {
          interval: 1,
        });
        const { reminder } = toys[instance] as Toy;
        const key = `${run}/${number}`;
        // An instant that was used before is not used again: twice put may rightly fire twice.
        const dues = dueAt.map((offset) => begin + offset).filter((due) => !puts.has(nameOf(key, due)));
        const items = dues.map((due) => ({ key, dueAt: due }));
        if (what === 'put') {
          await reminder.put(database.pool, items);
          for (const due of dues) add(key, due);
          reminder.kept(items);
        } else if (what === 'replace') {
          for (const put of puts.values()) if (put.key === key && put.fate === 'fires') put.fate = 'either';
          await reminder.replace(database.pool, [{ key, dueAt: dues }]);
          // What was still ahead when it was replaced cannot have fired.
          const now = await database.now();
          for (const put of puts.values())
            if (put.key === key && put.fate === 'either' && put.dueAt >= now) put.fate = 'removed';
          for (const due of dues) add(key, due);
          reminder.kept(items);
        } else {
          const there = [...puts.values()].filter((put) => put.key === key && put.fate === 'fires');
          const removed = await reminder.remove(database.pool, there);
          for (const put of there) {
            if (removed.some((due) => due.dueAt === put.dueAt)) put.fate = 'removed';
          }
        }
      }
      const fired = async () => (await database.fired()).filter(({ key }) => key.startsWith(`${run}/`));
      const certain = [...puts.values()].filter(({ fate }) => fate === 'fires');
      await eventually(async () => {
        const names = new Set((await fired()).map(({ key, dueAt }) => nameOf(key, dueAt)));
        for (const { key, dueAt } of certain) expect(names).toContain(nameOf(key, dueAt));
        expect((await database.left(reminders)).filter(({ key }) => key.startsWith(`${run}/`))).toEqual([]);
        expect(await database.now()).toBeGreaterThan(begin + 910);
      });
      const all = await fired();
      expect(new Set(all.map(({ key, dueAt }) => nameOf(key, dueAt))).size).toBe(all.length);
      for (const { key, dueAt, lateBy } of all) {
        expect(lateBy).toBeGreaterThanOrEqual(1);
        expect(['fires', 'either']).toContain(puts.get(nameOf(key, dueAt))?.fate);
      }
    }),
    { numRuns: 25 },
  );
});
