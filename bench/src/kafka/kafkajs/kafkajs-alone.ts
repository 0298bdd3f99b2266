import { Kafka, type KafkaMessage, logLevel, Partitioners, type Producer } from 'kafkajs';
import { startMeasuring, type Throughput } from '../throughput.ts';

const client = (brokers: string) => new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });

export async function createTopic(brokers: string, topic: string, numPartitions: number): Promise<void> {
  const admin = client(brokers).admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions }] });
  await admin.disconnect();
}

/** An idempotent producer with one request in flight, connected while it is used. */
export async function withProducer<T>(brokers: string, use: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = client(brokers).producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    return await use(producer);
  } finally {
    await producer.disconnect();
  }
}

export interface Sending {
  brokers: string;
  /** A topic that is made for it. */
  topic: string;
  partitions: number;
  /** These are sent over and over until it is `count`. */
  messages: KafkaMessage[];
  count: number;
  perSend: number;
}

/** What the producer sends, one send after another. */
export async function measureSending(options: Sending): Promise<Throughput> {
  const { brokers, topic, partitions, messages, count, perSend } = options;
  await createTopic(brokers, topic, partitions);
  return await withProducer(brokers, async (producer) => {
    const measured = startMeasuring();
    for (let sent = 0; sent < count; sent += perSend) {
      const from = sent % Math.max(1, messages.length - perSend);
      await producer.sendBatch({
        acks: -1,
        topicMessages: [{ topic, messages: messages.slice(from, from + perSend) }],
      });
    }
    return measured(count);
  });
}

/** What a consumer of its own group reads of a topic from the beginning, and the first of its messages. */
export async function measureReading(
  brokers: string,
  topic: string,
  count: number,
  keep: number,
): Promise<{ throughput: Throughput; messages: KafkaMessage[] }> {
  const consumer = client(brokers).consumer({ groupId: `${topic}-alone`, maxWaitTimeInMs: 300 });
  const messages: KafkaMessage[] = [];
  const all = Promise.withResolvers<void>();
  let read = 0;
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const measured = startMeasuring();
  await consumer.run({
    partitionsConsumedConcurrently: 12,
    eachBatch: async ({ batch }) => {
      read += batch.messages.length;
      if (messages.length < keep) messages.push(...batch.messages);
      if (read >= count) all.resolve();
    },
  });
  await all.promise;
  const throughput = measured(count);
  await consumer.disconnect();
  return { throughput, messages };
}
