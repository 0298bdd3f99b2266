import { afterEach, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../index.ts';

const made: TestDatabase[] = [];
afterEach(async () => {
  await Promise.all(made.splice(0).map((database) => database.drop()));
});

it('gives each test an empty PostgreSQL 18 of its own', async () => {
  for (let index = 0; index < 2; index += 1) {
    const database = await createTestDatabase();
    made.push(database);
    await database.pool.query('create table only_here (id int)');
    const { rows } = await database.pool.query<{ major: number }>(
      "select current_setting('server_version_num')::int / 10000 as major",
    );
    expect(rows).toEqual([{ major: 18 }]);
  }
});
