import { randomUUID } from 'node:crypto';
import { measureDelays } from '../consuming-process.ts';
import { createTopicPrefix } from '../database.ts';
import type { Delays } from '../instants.ts';
import type { DeliveryOptions } from '../log-delivery.ts';
import { createTopic, withProducer } from './kafkajs-alone.ts';

const partitions = 6;
const valueBytes = 300;

/** From kafkajs' producer to its consumer in another process: one send in flight, all that waits goes into the next. */
export async function measureKafkajsDelivery({
  brokers,
  perSecond,
  seconds,
}: Omit<DeliveryOptions, 'connectionString'>): Promise<Delays> {
  const topic = `${createTopicPrefix()}delivery`;
  await createTopic(brokers, topic, partitions);
  return await withProducer(brokers, async (producer) => {
    let waiting: { key: string; value: string }[] = [];
    let sending: Promise<void> | null = null;
    const sendAll = async () => {
      while (waiting.length > 0) {
        const messages = waiting;
        waiting = [];
        await producer.send({ topic, acks: -1, messages });
      }
      sending = null;
    };
    const send = (sentAt: number) => {
      waiting.push({ key: randomUUID(), value: `${sentAt} `.padEnd(valueBytes, 'x') });
      sending ??= Promise.resolve().then(sendAll);
    };
    const delays = await measureDelays(
      'kafkajs/topic-consumer.ts',
      { brokers, topic },
      { perSecond, seconds, send },
    );
    await sending;
    return delays;
  });
}
