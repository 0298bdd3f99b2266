import { pauseAfter } from '@ringback/worker';
import pg from 'pg';
import { notificationChannel } from '../append/append-statement.ts';

export interface Listener {
  close(): Promise<void>;
}

const heartbeatMilliseconds = 10_000;
const answerMilliseconds = 5_000;
const backOff = { first: 200, longest: 10_000 };

/**
 * Hears of appends by LISTEN on a connection of its own. It is a hint: who listens polls as well. A heartbeat on the
 * same session finds half-open connections; after each reconnect `onReconnected` asks for a full poll, because what
 * was notified meanwhile is lost.
 */
export function listen(
  connection: pg.ClientConfig,
  onNotified: (position: number) => void,
  onReconnected: () => void,
): Listener {
  let closed = false;
  let client: pg.Client | null = null;
  let timer: NodeJS.Timeout | undefined;
  let attempt = 0;

  const later = (milliseconds: number, what: () => Promise<void>) => {
    if (closed) return;
    clearTimeout(timer);
    timer = setTimeout(() => void what(), milliseconds);
    timer.unref();
  };

  async function connect(): Promise<void> {
    const mine = new pg.Client({
      ...connection,
      connectionTimeoutMillis: answerMilliseconds,
      keepAlive: true,
    });
    mine.on('error', () => lose(mine));
    mine.on('end', () => lose(mine));
    // Anyone who may connect can notify, with any text.
    mine.on('notification', ({ payload }) => onNotified(Number(payload) || 0));
    client = mine;
    try {
      await mine.connect();
      await mine.query(`listen ${notificationChannel}`);
      attempt = 0;
      onReconnected();
      later(heartbeatMilliseconds, beat);
    } catch {
      lose(mine);
    }
  }

  function lose(which: pg.Client): void {
    if (closed || client !== which) return;
    client = null;
    void which.end().catch(() => {});
    attempt += 1;
    later(pauseAfter(attempt, backOff), connect);
  }

  async function beat(): Promise<void> {
    const mine = client;
    if (mine === null) return;
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('no heartbeat')), answerMilliseconds).unref();
    });
    try {
      await Promise.race([mine.query('select 1'), late]);
      later(heartbeatMilliseconds, beat);
    } catch {
      lose(mine);
    }
  }

  void connect();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await client?.end().catch(() => {});
    },
  };
}
