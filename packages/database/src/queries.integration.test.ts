import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type BigInteger, createQueries, type Json, type Queries, type Timestamp } from './index.ts';

interface Tables {
  widgetParts: {
    id: string;
    storedAt: Timestamp;
    position: BigInteger;
    details: Json<{ snake_case: number; camelCase: string[] } | null>;
  };
}

let database: TestDatabase;
let pool: pg.Pool;
let db: Queries<Tables>;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  await pool.query(`create schema shop;
    create table shop.widget_parts (id text primary key, stored_at timestamptz(3) not null, position bigint not null,
      details jsonb)`);
  db = createQueries<Tables>(pool).withSchema('shop');
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});
beforeEach(() => pool.query('truncate shop.widget_parts'));

const details = { snake_case: 1, camelCase: ['a', 'b'] };
const part = {
  id: 'bolt',
  storedAt: '2026-03-02T09:00:00.125Z',
  position: 9_007_199_254_740_991,
  details: JSON.stringify(details),
};

it('A row comes back with camelCase columns, numbers for bigints, and the keys of its JSON as they were', async () => {
  await db.insertInto('widgetParts').values(part).execute();
  expect(await db.selectFrom('widgetParts').selectAll().execute()).toEqual([
    { ...part, storedAt: new Date(part.storedAt), details },
  ]);
});

it('A count is a number', async () => {
  const row = await db
    .selectFrom('widgetParts')
    .select(({ fn }) => fn.countAll<number>().as('parts'))
    .executeTakeFirstOrThrow();
  expect(row.parts).toBe(0);
});

it('Queries on a transaction’s connection are rolled back with it', async () => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const inside = createQueries<Tables>(client).withSchema('shop');
    await inside.insertInto('widgetParts').values(part).execute();
    expect(await inside.selectFrom('widgetParts').select('id').execute()).toHaveLength(1);
    await client.query('rollback');
  } finally {
    client.release();
  }
  expect(await db.selectFrom('widgetParts').select('id').execute()).toEqual([]);
});

it('A connection that breaks in a query fails that query with PostgreSQL’s code, and the next one works', async () => {
  await expect(
    db.selectNoFrom(sql`pg_terminate_backend(pg_backend_pid())`.as('ended')).execute(),
  ).rejects.toMatchObject({ code: '57P01' });
  expect(await db.selectFrom('widgetParts').select('id').execute()).toEqual([]);
});
