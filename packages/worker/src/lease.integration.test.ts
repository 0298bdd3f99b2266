import { createTestDatabase, eventually, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createLease, type Tenure } from './lease.ts';
import { createLeasedRows } from './leased-rows.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `create table leases (name text primary key, owner text, epoch bigint not null default 0,
       expires_at timestamptz, note text)`,
  );
});
beforeEach(async () => {
  await database.pool.query(`truncate leases; insert into leases (name) values ('a'), ('b'), ('c')`);
});
afterAll(() => database?.drop());

const rowsOf = (owner: string, duration = 60_000) =>
  createLeasedRows<string>({ table: 'leases', name: 'name', owner, duration });

async function acquire(duration: number): Promise<Tenure> {
  const lease = createLease({ pool: database.pool, table: 'leases', column: 'name', name: 'a', duration });
  return await eventually(async () => {
    const { tenure } = await lease.acquire();
    if (tenure === null) throw new Error('another process holds the lease');
    return tenure;
  });
}

it('gives free rows to whoever takes them first, and says which were abandoned', async () => {
  const { pool } = database;
  const taken = await rowsOf('one', 50).take(pool, { limit: 2 });
  expect(taken).toEqual([
    { name: 'a', epoch: 1, wasAbandoned: false },
    { name: 'b', epoch: 1, wasAbandoned: false },
  ]);
  expect(await rowsOf('two').take(pool, { limit: 9, names: ['c'] })).toEqual([
    { name: 'c', epoch: 1, wasAbandoned: false },
  ]);
  await rowsOf('one').release(pool, taken.slice(0, 1));
  const rest = await eventually(async () => {
    const rows = await rowsOf('two').take(pool, { limit: 9 });
    expect(rows).not.toEqual([]);
    return rows;
  });
  expect(rest[0]).toEqual({ name: 'a', epoch: 2, wasAbandoned: false });
  if (rest.length === 1) {
    await eventually(async () => {
      const rows = await rowsOf('two').take(pool, { limit: 9 });
      expect(rows).toEqual([{ name: 'b', epoch: 2, wasAbandoned: true }]);
    });
  } else {
    expect(rest[1]).toEqual({ name: 'b', epoch: 2, wasAbandoned: true });
  }
});

it('renews, changes and releases nothing of a row that has another owner or epoch', async () => {
  const { pool } = database;
  const one = rowsOf('one', 1);
  const [row] = await one.take(pool, { limit: 1 });
  if (row === undefined) throw new Error('nothing was taken');
  await eventually(async () =>
    expect(await rowsOf('two').take(pool, { limit: 1, names: ['a'] })).toHaveLength(1),
  );
  expect(await one.renew(pool)).toEqual([]);
  expect(await one.hold(pool, row, { set: 'note = $5', values: ['mine'] })).toBe(false);
  await one.release(pool, [row]);
  const { rows } = await pool.query(`select owner, epoch::int, note from leases where name = 'a'`);
  expect(rows).toEqual([{ owner: 'two', epoch: 2, note: null }]);
  // The same owner in a later epoch.
  const [first] = await rowsOf('three').take(pool, { limit: 1, names: ['b'] });
  if (first === undefined) throw new Error('nothing was taken');
  await rowsOf('three').release(pool, [first]);
  await rowsOf('three').take(pool, { limit: 1, names: ['b'] });
  expect(await rowsOf('three').hold(pool, first)).toBe(false);
});

it('keeps a lease beyond its duration while its holder renews it, and hands it over when it is released', async () => {
  const holder = await acquire(500);
  const other = createLease({
    pool: database.pool,
    table: 'leases',
    column: 'name',
    name: 'a',
    duration: 60_000,
  });
  const { rows } = await database.pool.query<{ at: Date }>('select clock_timestamp() as at');
  await eventually(async () => {
    const { tenure, retryAfter } = await other.acquire();
    expect(tenure).toBeNull();
    expect(retryAfter).toBeGreaterThan(0);
    const { rows: later } = await database.pool.query<{ at: Date }>('select clock_timestamp() as at');
    expect(Number(later[0]?.at) - Number(rows[0]?.at)).toBeGreaterThan(1_200);
  });
  expect(holder.lost.aborted).toBe(false);
  expect(await holder.hold({ set: 'note = $5', values: ['here'] })).toBe(true);
  await holder.release();
  expect(holder.lost.aborted).toBe(true);
  expect(await holder.hold()).toBe(false);
  const next = await other.acquire();
  expect(next.tenure?.epoch).toBe(holder.epoch + 1);
  await next.tenure?.release();
});
