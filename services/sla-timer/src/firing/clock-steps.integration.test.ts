import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';
import { hour } from '../testing/watch-catalog.ts';

let database: TimerDatabase;
let step = 0;

beforeAll(async () => {
  database = await createTimerDatabase();
  await database.start({
    clock: (measured) => ({ ...measured, now: () => measured.now() + step }),
  });
});
afterAll(() => database.drop());

it.each([
  { name: 'an hour ahead', to: hour },
  { name: 'an hour behind', to: -hour },
  { name: 'five seconds ahead', to: 5_000 },
  { name: 'back where it was', to: 0 },
])('fires neither early nor never when its clock steps to $name', async ({ to }) => {
  const now = await database.now();
  const dues = Array.from({ length: 20 }, (_, index) => now + 200 + index * 100);
  const ids = await database.open(...dues.map((dueAt) => ({ dueAt })));
  const [later = ''] = await database.open({ dueAt: now + hour / 2 });
  step = to;
  await eventually(async () => {
    for (const id of ids) expect(await database.said(id)).toEqual(['SlaBreached']);
  });
  for (const [index, id] of ids.entries()) {
    const recordedAt = (await database.history(id))[1]?.recordedAt ?? '';
    expect(Date.parse(recordedAt)).toBeGreaterThan(dues[index] ?? 0);
  }
  expect(await database.said(later)).toEqual([]);
});
