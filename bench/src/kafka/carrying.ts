import { createEventLog, createKafkaStream, topicDefinitions } from '@ringback/event-log';
import type { OwnDatabase } from '../own-database.ts';
import { fillBacklog } from './backlog.ts';
import { createTopicPrefix, schema, silent, withLogDatabase } from './database.ts';
import { measureReading, measureSending } from './kafkajs/kafkajs-alone.ts';
import { publishLog } from './publish.ts';
import { startMeasuring, type Throughput } from './throughput.ts';

/** A backlog that is carried as fast as it can be. */
export interface Carrying {
  relay: Throughput;
  /** What the relay sent at a time, messages. */
  perSend: number;
  /** kafkajs sending the relay's messages, as many at a time. */
  sending: Throughput;
  subscription: Throughput;
  /** The same subscription fed by PostgreSQL. */
  fromPostgres: Throughput;
  /** kafkajs reading the same topic. */
  reading: Throughput;
}

const name = 'ticket-events';
const kept = 20_000;

/** One backlog: published by the relay, then read by subscriptions that begin at the beginning. */
export async function measureCarrying(
  connectionString: string,
  brokers: string,
  events: number,
): Promise<Carrying> {
  return await withLogDatabase(connectionString, (database) => carry(database, brokers, events));
}

async function carry(database: OwnDatabase, brokers: string, events: number): Promise<Carrying> {
  const topicPrefix = createTopicPrefix();
  const topic = `${topicPrefix}${name}`;
  const partitions = topicDefinitions.find((topic) => topic.name === name)?.partitions ?? 1;
  await fillBacklog(database.pool, events);
  const { relay, perSend } = await publishLog(database.pool, brokers, topicPrefix, events);
  const { throughput: reading, messages } = await measureReading(brokers, topic, events, kept);
  const sending = await measureSending({
    brokers,
    topic: `${topic}-alone`,
    partitions,
    messages,
    count: events,
    perSend,
  });
  const subscription = await measureCatchingUp(database, events, { brokers, topicPrefix });
  const fromPostgres = await measureCatchingUp(database, events);
  return { relay, perSend, sending, subscription, fromPostgres, reading };
}

/** Until the effects of all events are committed: of the machinery alone, the handler does nothing. */
async function measureCatchingUp(
  { pool }: OwnDatabase,
  events: number,
  from?: { brokers: string; topicPrefix: string },
): Promise<Throughput> {
  const stream =
    from === undefined
      ? {}
      : {
          kafka: createKafkaStream({
            brokers: [from.brokers],
            topicPrefix: from.topicPrefix,
            pool,
            logger: silent,
          }),
        };
  const log = createEventLog({ pool, notifications: false, ...stream });
  const done = Promise.withResolvers<void>();
  const handled = new Set<number>();
  const subscription = log.subscribe({
    name: `${schema}.${from === undefined ? 'postgres' : 'kafka'}`,
    schema,
    category: 'ticket',
    async handle(batch) {
      for (const { position } of batch) handled.add(position);
    },
    onCommitted() {
      if (handled.size >= events) done.resolve();
    },
  });
  const measured = startMeasuring();
  await subscription.start();
  await done.promise;
  const throughput = measured(events);
  await subscription.stop();
  await log.close();
  return throughput;
}
