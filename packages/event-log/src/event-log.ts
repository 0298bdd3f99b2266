import type { Pool } from 'pg';
import type { KnownCommand } from './append/append-statement.ts';
import { createBatcher, outcomeOf } from './append/batcher.ts';
import { encode } from './append/encode.ts';
import { callListener } from './call-listener.ts';
import type { KafkaStream } from './kafka/kafka-stream.ts';
import type { EventLog, Logger, RecordedEvent } from './port.ts';
import { readPage, readStream, readStreams, upcast } from './read/reader.ts';
import { listen } from './subscribe/listener.ts';
import { createSubscription } from './subscribe/subscription.ts';
import { createUpcasters, type Upcasters } from './upcasters.ts';

export interface EventLogOptions {
  pool: Pool;
  /** What subscriptions to PostgreSQL work on, for longer than a request waits; `pool` when absent. */
  subscriptionPool?: Pool;
  /** Where notifications are heard; the pool's own database when absent. */
  connectionString?: string;
  logger?: Logger;
  upcasters?: Upcasters;
  /** How long an append tries again while the database cannot be reached, milliseconds. Default 5,000. */
  patience?: number;
  /** False: polling only, as behind a pooler that does not carry LISTEN. Default true. */
  notifications?: boolean;
  /** Feeds the subscriptions from Kafka; PostgreSQL does when it is absent. */
  kafka?: KafkaStream;
  /** Told the number of requests in each batch that was committed. */
  onBatch?(requests: number): void;
}

const quiet: Logger = { info: () => {}, warn: () => {}, error: () => {} };

/** The event log on PostgreSQL. Its schema must have been migrated (`logMigrations`). */
export function createEventLog(options: EventLogOptions): EventLog {
  const { pool, logger = quiet, upcasters = createUpcasters(), patience = 5_000 } = options;
  const listeners = new Set<(position: number) => void>();
  const appended = (position: number) => {
    for (const listener of listeners) callListener(listener, logger, position);
  };
  const batcher = createBatcher({
    pool,
    patience,
    onAppended: appended,
    onBatch: options.onBatch ?? (() => {}),
  });
  const connection =
    options.connectionString === undefined ? pool.options : { connectionString: options.connectionString };
  const listener = options.notifications === false ? null : listen(connection, appended, () => appended(0));
  const onAppended: EventLog['onAppended'] = (told) => {
    listeners.add(told);
    return () => listeners.delete(told);
  };
  const lift = (event: RecordedEvent) => upcast(event, upcasters);

  return {
    append: async (request) => await batcher.append(encode(request)),
    async findCommand(id) {
      const { rows } = await pool.query<Omit<KnownCommand, 'request'>>(
        `select fingerprint, position::float8 as position, recorded_at as "recordedAt", streams, result
         from log.commands where id = $1`,
        [id],
      );
      const found = rows[0];
      return found === undefined ? null : { fingerprint: found.fingerprint, outcome: outcomeOf(found) };
    },
    readStream: async (stream, options = {}) => (await readStream(pool, stream, options)).map(lift),
    async readStreams(category, ids, { until } = {}) {
      const streams = new Map<string, RecordedEvent[]>();
      if (ids.length === 0) return streams;
      for (const event of await readStreams(pool, category, ids, { until })) {
        const known = streams.get(event.streamId);
        if (known === undefined) streams.set(event.streamId, [lift(event)]);
        else known.push(lift(event));
      }
      return streams;
    },
    readAll: async ({ after, limit, category }) =>
      (await readPage(pool, { after, limit, category })).events.map(lift),
    async head() {
      const { rows } = await pool.query<{ position: string; recorded_at: Date }>(
        'select position, recorded_at from log.head',
      );
      return {
        position: Number(rows[0]?.position ?? 0),
        recordedAt: (rows[0]?.recorded_at ?? new Date(0)).toISOString(),
      };
    },
    subscribe: (subscription) =>
      options.kafka === undefined
        ? createSubscription(subscription, {
            pool: options.subscriptionPool ?? pool,
            lookups: pool,
            upcasters,
            logger,
            onAppended,
          })
        : options.kafka.subscribe(subscription, onAppended),
    onAppended,
    async close() {
      await batcher.drain();
      await listener?.close();
      listeners.clear();
    },
  };
}
