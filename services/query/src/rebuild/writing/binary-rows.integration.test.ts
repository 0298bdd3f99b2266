import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import fc from 'fast-check';
import { from } from 'pg-copy-streams';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Table } from '../../projection/tables.ts';
import { BinaryRows } from './binary-rows.ts';

const table: Table = {
  name: 'rows',
  columns: {
    id: 'uuid',
    text: 'text',
    rank: 'smallint',
    version: 'integer',
    position: 'bigint',
    covered: 'boolean',
    at: 'timestamptz',
  },
};
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const columns = Object.entries(table.columns).map(([name, type]) => `${name} ${type}`);
  await database.pool.query(`create table rows (nth integer, ${columns.join()})`);
});
afterAll(() => database.drop());

async function copied(rows: readonly object[], takeAfter: number): Promise<object[]> {
  const numbered: Table = { ...table, columns: { nth: 'integer', ...table.columns } };
  const binary = new BinaryRows(numbered);
  const chunks: Buffer[] = [];
  for (const [nth, row] of rows.entries()) {
    binary.add({ nth, ...row });
    if (nth % takeAfter === 0) chunks.push(binary.take());
  }
  chunks.push(binary.end());
  const client = await database.pool.connect();
  try {
    await client.query('truncate rows');
    const names = Object.keys(numbered.columns).join();
    const copy = client.query(from(`copy rows (${names}) from stdin (format binary)`));
    await pipeline(Readable.from(chunks), copy);
    const { rows: read } = await client.query(
      `select id, text, rank, version, position::float8 as position, covered,
         case when at = 'infinity' then 'Infinity' else extract(epoch from at) * 1000 end::float8 as at
       from rows order by nth`,
    );
    return read;
  } finally {
    client.release();
  }
}

const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 8 });
const characters = fc.string({ unit: 'binary', maxLength: 200 }).map((text) => text.replaceAll('\0', ''));
const row = fc.record({
  id: orNull(fc.uuid()),
  text: orNull(fc.oneof(fc.string(), characters, fc.constant('ü'.repeat(48)), fc.constant('“€😀”\\N\t\n'))),
  rank: orNull(fc.integer({ min: -32_768, max: 32_767 })),
  version: orNull(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  position: orNull(fc.maxSafeInteger()),
  covered: orNull(fc.boolean()),
  at: orNull(
    fc.oneof(
      fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(2200, 0) }),
      fc.constant(Number.POSITIVE_INFINITY),
    ),
  ),
});

it('arrive in PostgreSQL as they were', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 40 }),
      fc.integer({ min: 1, max: 9 }),
      async (rows, takeAfter) => {
        expect(await copied(rows, takeAfter)).toEqual(rows);
      },
    ),
    { numRuns: 60 },
  );
});

it('arrive also where they are larger than what is put aside for them', async () => {
  const large = {
    id: null,
    text: 'ü“😀 '.repeat(200_000),
    rank: 1,
    version: 1,
    position: 1,
    covered: true,
    at: 0,
  };
  expect(await copied([large, large], 9)).toEqual([large, large]);
});

it('are refused where a column is missing or an id is not a UUID', () => {
  const rows = new BinaryRows({ name: 'rows', columns: { id: 'uuid' } });
  expect(() => rows.add({})).toThrow('a row without id');
  for (const id of ['', 'ticket', '0192f0c1-2345-7abc-8def-0123456789ag'])
    expect(() => rows.add({ id })).toThrow('is not a UUID');
});
