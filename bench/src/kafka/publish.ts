import { createKafkaStream } from '@ringback/event-log';
import type { Pool } from 'pg';
import { silent } from './database.ts';
import { startMeasuring, type Throughput } from './throughput.ts';

export interface Published {
  relay: Throughput;
  /** What the relay sent at a time, messages. */
  perSend: number;
}

/** The relay publishes the log up to a position, in topics that it makes. */
export async function publishLog(
  pool: Pool,
  brokers: string,
  topicPrefix: string,
  until: number,
): Promise<Published> {
  const done = Promise.withResolvers<void>();
  let sends = 0;
  let measured = startMeasuring();
  const kafka = createKafkaStream({
    brokers: [brokers],
    pool,
    logger: silent,
    topicPrefix,
    observer: {
      onLead: (leads) => {
        if (leads) measured = startMeasuring();
      },
      onSent: (_messages, _seconds, position) => {
        sends += 1;
        if (position >= until) done.resolve();
      },
    },
  });
  await kafka.start(() => () => {});
  await done.promise;
  const relay = measured(until);
  await kafka.stop();
  return { relay, perSend: Math.round(until / sends) };
}
