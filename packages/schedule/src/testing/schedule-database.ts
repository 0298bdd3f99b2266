import { migrate } from '@ringback/event-log';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import type { Due } from '../due.ts';
import type { ItemTable } from '../kind.ts';
import { kindMigration, scheduleMigrations } from '../migrations.ts';
import { alarms, checks, reminders } from './toy-schedule.ts';

export interface ScheduleDatabase extends TestDatabase {
  /** Epoch milliseconds by the database's clock. */
  now(): Promise<number>;
  /** What has fired, in order. `lateBy`: milliseconds after the instant at which it was due. */
  fired(): Promise<{ kind: string; key: string; dueAt: number; instance: string; lateBy: number }[]>;
  /** The items that are left in a table. */
  left(table: ItemTable): Promise<Due[]>;
}

/** A database whose schema `toy` holds a schedule with the kinds `alarm`, `reminder` and `check`. */
export async function createScheduleDatabase(): Promise<ScheduleDatabase> {
  const database = await createTestDatabase();
  await migrate(database.pool, 'toy', [
    ...scheduleMigrations('toy'),
    kindMigration({ name: 'alarm', ...alarms }),
    kindMigration({ name: 'reminder', ...reminders }),
    kindMigration({ name: 'check', ...checks }),
  ]);
  // Nothing here keeps an effect from happening twice: that is what is tested.
  await database.pool.query(
    `create table toy.fired (nth bigserial, kind text not null, key text not null, due_at timestamptz(3) not null,
       instance text not null, fired_at timestamptz not null default clock_timestamp())`,
  );
  return {
    ...database,
    async now() {
      const { rows } = await database.pool.query<{ now: number }>(
        'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
      );
      return Math.floor(rows[0]?.now ?? 0);
    },
    async fired() {
      const { rows } = await database.pool.query(
        `select kind, key, extract(epoch from due_at)::float8 * 1000 as "dueAt", instance,
           extract(epoch from fired_at - due_at)::float8 * 1000 as "lateBy" from toy.fired order by nth`,
      );
      return rows;
    },
    async left({ table, key: { column } }) {
      const { rows } = await database.pool.query<{ key: string; due_at: Date }>(
        `select ${column}::text as key, due_at from ${table} order by due_at, key`,
      );
      return rows.map(({ key, due_at }) => ({ key, dueAt: due_at.getTime() }));
    },
  };
}
