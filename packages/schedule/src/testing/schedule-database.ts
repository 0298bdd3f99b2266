import { migrate } from '@ringback/event-log';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import type { ItemTable } from '../kind.ts';
import { kindMigration, scheduleMigrations } from '../migrations.ts';

/** A kind whose keys are UUIDs, and one whose keys are text. */
export const alarms: ItemTable = { table: 'toy.alarms', key: { column: 'id', type: 'uuid' } };
export const reminders: ItemTable = { table: 'toy.reminders', key: { column: 'key', type: 'text' } };

export interface ScheduleDatabase extends TestDatabase {
  /** Epoch milliseconds by the database's clock. */
  now(): Promise<number>;
}

/** A database whose schema `toy` holds a schedule with the kinds `alarm` and `reminder`. */
export async function createScheduleDatabase(): Promise<ScheduleDatabase> {
  const database = await createTestDatabase();
  await migrate(database.pool, 'toy', [
    ...scheduleMigrations('toy'),
    kindMigration({ name: 'alarm', ...alarms }),
    kindMigration({ name: 'reminder', ...reminders }),
  ]);
  return {
    ...database,
    async now() {
      const { rows } = await database.pool.query<{ now: number }>(
        'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
      );
      return Math.floor(rows[0]?.now ?? 0);
    },
  };
}
