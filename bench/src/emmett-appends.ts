import { randomUUID } from 'node:crypto';
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql';

/** Events a second that `@event-driven-io/emmett-postgresql` appends, one event to a new stream each. */
export async function measureEmmettAppends(
  connectionString: string,
  appenders: number,
  seconds: number,
): Promise<number> {
  const store = getPostgreSQLEventStore(connectionString);
  const append = () =>
    store.appendToStream(`ticket-${randomUUID()}`, [
      { type: 'TicketOpened', data: { subject: 'No dial tone', description: 'x'.repeat(200) } },
    ]);
  try {
    await append();
    const until = performance.now() + seconds * 1000;
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
    await store.close();
  }
}
