/**
 * A subscription as a process of its own, on Kafka where `KAFKA_BROKERS` is set. An event with the text `poison` ends it
 * in the middle of its batch. It writes `processed` once everything is that was in the log at its start, and ends in
 * order with SIGTERM.
 */
import pg from 'pg';
import { createEventLog } from '../event-log.ts';
import { createKafkaStream } from '../kafka/kafka-stream.ts';
import { remember } from './remember.ts';

const {
  DATABASE_URL: connectionString,
  KAFKA_BROKERS: brokers,
  KAFKA_TOPIC_PREFIX: topicPrefix = '',
} = process.env;
const logger = { info: () => {}, warn: () => {}, error: () => {} };
const pool = new pg.Pool({ connectionString, max: 6 });
const kafka =
  brokers === undefined
    ? null
    : createKafkaStream({
        brokers: brokers.split(','),
        pool,
        logger,
        topicPrefix,
        sweepAfter: 60_000,
        timings: { session: 6_000 },
      });
const log = createEventLog({ pool, logger, ...(kafka === null ? {} : { kafka }) });
const subscription = log.subscribe({
  name: 'consumer.test',
  schema: 'consumer',
  batchSize: 100,
  async handle(events, transaction) {
    await remember(events, transaction);
    if (events.some(({ data }) => data.text === 'poison')) process.kill(process.pid, 'SIGKILL');
  },
});
process.once('SIGTERM', async () => {
  await subscription.stop();
  await log.close();
  await pool.end();
});
const { position } = await log.head();
await subscription.start();
await subscription.whenProcessed(position, 60_000);
process.stdout.write('processed\n');
