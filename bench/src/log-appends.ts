import { randomUUID } from 'node:crypto';
import { createEventLog, logMigrations, migrate } from '@ringback/event-log';
import pg from 'pg';

/** Events a second that the log appends, one event to a new stream each, from so many appenders at once. */
export async function measureAppends(
  connectionString: string,
  appenders: number,
  seconds: number,
): Promise<number> {
  const pool = new pg.Pool({ connectionString });
  await migrate(pool, 'log', logMigrations);
  const log = createEventLog({ pool });
  const append = () =>
    log.append({
      appends: [
        {
          stream: { category: 'ticket', id: randomUUID() },
          expected: 'none',
          events: [{ type: 'NoteAdded', v: 1, data: { text: 'x'.repeat(200) } }],
        },
      ],
      metadata: { actor: 'service:bench' },
    });
  try {
    await append();
    const until = performance.now() + seconds * 1_000;
    let appended = 0;
    const appender = async () => {
      while (performance.now() < until) {
        await append();
        appended += 1;
      }
    };
    await Promise.all(Array.from({ length: appenders }, appender));
    return appended / seconds;
  } finally {
    await log.close();
    await pool.end();
  }
}
