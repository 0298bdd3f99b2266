import { afterAll, beforeAll, expect, it } from 'vitest';
import { categoryNames } from '../categories.ts';
import { createLogDatabase, type LogDatabase } from '../testing/log-database.ts';

let database: LogDatabase;
beforeAll(async () => {
  database = await createLogDatabase();
});
afterAll(() => database.drop());

it.each(categoryNames.filter((name) => name !== 'ticket'))(
  'The category %s is read by an index of its own, however many tickets there are.',
  async (category) => {
    const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
      `explain select position from log.events where position > 1 and category = '${category}' order by position limit 10`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('events_of_small_categories');
  },
);
