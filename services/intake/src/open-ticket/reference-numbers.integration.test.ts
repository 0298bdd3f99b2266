import { migrate } from '@ringback/event-log';
import { createLogger, createPool } from '@ringback/service-kit';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import type { Pool } from 'pg';
import { afterEach, expect, it } from 'vitest';
import { intakeMigrations } from '../migrations.ts';
import { createReferenceNumbers } from './reference-numbers.ts';

const opened: { pool: Pool; database: TestDatabase }[] = [];
afterEach(async () => {
  for (const { pool, database } of opened.splice(0)) {
    await pool.end();
    await database.drop();
  }
});

async function installation(migrations = intakeMigrations): Promise<Pool> {
  const database = await createTestDatabase();
  const pool = createPool(database.url, 'test', createLogger('silent', 'test'));
  opened.push({ pool, database });
  await migrate(pool, 'intake', migrations);
  return pool;
}

it('Two installations give their first tickets different reference numbers', async () => {
  const first = await (await createReferenceNumbers(await installation())).next();
  const second = await (await createReferenceNumbers(await installation())).next();
  expect(first.reference).not.toBe(second.reference);
  expect(first.id).not.toBe(second.id);
});

it('A reference number leads to its ticket, in every process of the installation', async () => {
  const pool = await installation();
  const { id, reference } = await (await createReferenceNumbers(pool)).next();
  expect((await createReferenceNumbers(pool)).idOf(reference.toLowerCase().replaceAll('-', ' '))).toBe(id);
});

it('An installation of the release before keeps the reference numbers that its tickets carry', async () => {
  const pool = await installation(intakeMigrations.slice(0, 2));
  await pool.query(`select nextval('intake.reference_blocks')`);
  await migrate(pool, 'intake', intakeMigrations);
  const { rows } = await pool.query('select reference_shift from intake.namespace');
  expect(rows).toEqual([{ reference_shift: '0' }]);
  // The counter 1,000, as that release numbers it.
  expect((await (await createReferenceNumbers(pool)).next()).reference).toBe('RB-3022-3060');
});
