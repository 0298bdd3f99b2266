import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import pg from 'pg';
import { createEventLog, type EventLogOptions } from '../event-log.ts';
import { migrate } from '../migrate/migrate.ts';
import { logMigrations, subscriptionMigrations } from '../migrate/migrations.ts';
import type { AppendRequest, EventLog, NewEvent } from '../port.ts';

export interface LogDatabase extends TestDatabase {
  /** Another process's log: a pool and a listener of its own. */
  openLog(options?: Partial<EventLogOptions>): EventLog;
}

/** A database with the log's tables and a consumer's schema `consumer` with a table `seen`. */
export async function createLogDatabase(): Promise<LogDatabase> {
  const database = await createTestDatabase();
  await migrate(database.pool, 'log', logMigrations);
  await migrate(database.pool, 'consumer', subscriptionMigrations('consumer'));
  await database.pool.query(
    'create table consumer.seen (nth bigserial, position bigint primary key, stream_id text, version int)',
  );
  const opened: { log: EventLog; pool: pg.Pool }[] = [];
  return {
    ...database,
    openLog(options = {}) {
      const pool = new pg.Pool({ connectionString: database.url, max: 6 });
      pool.on('error', () => {});
      const log = createEventLog({ pool, ...options });
      opened.push({ log, pool });
      return log;
    },
    async drop() {
      for (const { log, pool } of opened) {
        await log.close();
        await pool.end();
      }
      await database.drop();
    },
  };
}

/** An event that is quick to make and of a type that every release knows. */
export const note = (text: string): NewEvent => ({ type: 'NoteAdded', v: 1, data: { text } });

export function appendTo(id: string, ...events: NewEvent[]): AppendRequest {
  return {
    appends: [{ stream: { category: 'ticket', id }, expected: 'any', events }],
    metadata: { actor: 'service:test' },
  };
}
