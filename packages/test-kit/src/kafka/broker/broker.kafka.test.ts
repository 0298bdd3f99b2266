import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Broker } from '../../index.ts';
import { createTopicPrefix, describeWithBroker, describeWithKafka, eventually } from '../../index.ts';

// On Node 24 this client asks once for a timer that lies in the past, which does no harm.
const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
vi.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => {
  if (args[1] !== 'TimeoutNegativeWarning') emitWarning(...args);
});

const createClient = (brokers: string, retries = 20) =>
  new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING, retry: { retries } });

async function createTopic(client: Kafka): Promise<string> {
  const topic = `${createTopicPrefix()}messages`;
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  return topic;
}

async function produce(client: Kafka, topic: string, values: string[]): Promise<void> {
  const producer = client.producer({
    idempotent: true,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ key: 'one', value })) });
  await producer.disconnect();
}

async function consume(client: Kafka, topic: string, count: number): Promise<(string | undefined)[]> {
  const consumer = client.consumer({ groupId: `${createTopicPrefix()}group`, allowAutoTopicCreation: false });
  const values: (string | undefined)[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void values.push(message.value?.toString()) });
  await eventually(() => values.length >= count, { timeout: 30_000 });
  await consumer.disconnect();
  return values;
}

describeWithKafka('the Kafka of the test run', (brokers) => {
  it('keeps what is sent in order, in topics of the test alone', async () => {
    const client = createClient(brokers);
    const topic = await createTopic(client);
    await produce(client, topic, ['first', 'second']);
    expect(await consume(client, topic, 2)).toEqual(['first', 'second']);
  });
});

describeWithBroker('a broker of a test', (start) => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await start();
  });
  afterAll(() => broker?.stop());

  it('has after kill -9 and a new start what it had acknowledged', async () => {
    const client = createClient(broker.brokers);
    const topic = await createTopic(client);
    await produce(client, topic, ['before']);
    await broker.kill();
    await expect(produce(createClient(broker.brokers, 0), topic, ['lost'])).rejects.toThrow();
    await broker.start();
    await produce(client, topic, ['after']);
    expect(await consume(client, topic, 2)).toEqual(['before', 'after']);
  });
});
