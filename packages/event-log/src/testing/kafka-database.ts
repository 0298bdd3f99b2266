import { createTopicPrefix } from '@ringback/test-kit';
import { createKafkaStream, type KafkaStream, type KafkaStreamOptions } from '../kafka/kafka-stream.ts';
import type { EventLog } from '../port.ts';
import { createLogDatabase, type LogDatabase } from './log-database.ts';

export interface KafkaDatabase extends LogDatabase {
  readonly topicPrefix: string;
  /** A way through Kafka, as one process has it; not started. */
  createStream(options?: Partial<KafkaStreamOptions>): KafkaStream;
  /** Another process's log, fed by Kafka. */
  openKafkaLog(options?: Partial<KafkaStreamOptions>): EventLog;
  /** A process that publishes, as long as the test lasts. */
  startRelay(options?: Partial<KafkaStreamOptions>): Promise<KafkaStream>;
}

const silent = { info: () => {}, warn: () => {}, error: () => {} };
/** So long that what a test sees has come through Kafka. */
const sweepAfter = 60_000;
/** The shortest that a broker takes: a test must not wait long for a member that has gone without a word. */
const timings = { session: 6_000 };

/** A log's database with topics of its own. */
export async function createKafkaDatabase(brokers: string): Promise<KafkaDatabase> {
  const database = await createLogDatabase();
  const topicPrefix = createTopicPrefix();
  const streams: KafkaStream[] = [];
  const createStream: KafkaDatabase['createStream'] = (options = {}) => {
    const stream = createKafkaStream({
      brokers: brokers.split(','),
      pool: database.pool,
      logger: silent,
      topicPrefix,
      sweepAfter,
      timings,
      ...options,
    });
    streams.push(stream);
    return stream;
  };
  return {
    ...database,
    topicPrefix,
    createStream,
    openKafkaLog: (options) => database.openLog({ kafka: createStream(options) }),
    async startRelay(options) {
      const log = database.openLog();
      const stream = createStream(options);
      await stream.start(log.onAppended);
      return stream;
    },
    async drop() {
      for (const stream of streams) await stream.stop();
      await database.drop();
    },
  };
}
