import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { migrate } from './migrate.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
});
afterEach(() => database.drop());

const first = { name: '001', sql: 'create table shop.bread (name text)' };
const second = { name: '002', sql: 'insert into shop.bread (name) values (1)' };

it('runs each migration once, even when many start at the same time', async () => {
  const ran = await Promise.all(
    Array.from({ length: 5 }, () => migrate(database.pool, 'shop', [first, second])),
  );
  expect(ran.flat().sort()).toEqual(['001', '002']);
  expect((await database.pool.query('select count(*)::int as rows from shop.bread')).rows).toEqual([
    { rows: 1 },
  ]);
});

it('refuses one that was changed after it ran, but not other spacing', async () => {
  await migrate(database.pool, 'shop', [first]);
  await expect(
    migrate(database.pool, 'shop', [{ ...first, sql: 'create table shop.cake (name text)' }]),
  ).rejects.toMatchObject({ name: 'MigrationChanged' });
  expect(
    await migrate(database.pool, 'shop', [{ ...first, sql: 'create  table shop.bread\n(name text)' }]),
  ).toEqual([]);
});

it('leaves nothing of one that fails', async () => {
  await expect(
    migrate(database.pool, 'shop', [
      first,
      { name: '002', sql: 'create table shop.cake (x int); select 1 / 0' },
    ]),
  ).rejects.toThrow('division');
  expect(
    await migrate(database.pool, 'shop', [first, { name: '002', sql: 'create table shop.cake (x int)' }]),
  ).toEqual(['002']);
});

it('takes no name for a schema that could be more than a name', async () => {
  await expect(migrate(database.pool, 'shop; drop schema log', [])).rejects.toThrow(
    'not a name for a schema',
  );
});
