import { randomUUID } from 'node:crypto';
import {
  type Broker,
  createTopicPrefix,
  describeWithBroker,
  describeWithKafka,
  eventually,
} from '@ringback/test-kit';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { LogSubscription } from '../port.ts';
import { createKafkaDatabase, type KafkaDatabase } from '../testing/kafka-database.ts';
import { appendTo, note } from '../testing/log-database.ts';
import { createKafkaClient } from './client/client.ts';
import { ConfigResourceTypes } from './client/kafkajs.ts';
import type { KafkaStream } from './kafka-stream.ts';
import { ensureTopics, TopicsUnsafe } from './topics/ensure-topics.ts';

describeWithKafka('the check of the topics', (brokers) => {
  const client = () => createKafkaClient({ brokers: brokers.split(',') });
  const prefix = createTopicPrefix();

  it('makes those that are missing, and finds nothing wrong with them', async () => {
    const missing: string[][] = [];
    const check = () =>
      ensureTopics(client(), prefix, [brokers], async (_cluster, topics) => void missing.push(topics));
    const clusterId = await check();
    expect(await check()).toBe(clusterId);
    expect(missing).toEqual([
      [`${prefix}ticket-events`, `${prefix}breaches`, `${prefix}administration-events`],
    ]);
  });

  it('refuses a start on one that would drop events, and says how to mend it', async () => {
    await client().administer('a setting', (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: `${prefix}ticket-events`,
            configEntries: [
              { name: 'cleanup.policy', value: 'compact' },
              { name: 'retention.ms', value: '604800000' },
            ],
          },
        ],
      }),
    );
    // A setting takes a moment to be everywhere.
    await eventually(() => expect(ensureTopics(client(), prefix, [brokers])).rejects.toThrow(TopicsUnsafe));
    const database = await createKafkaDatabase(brokers);
    try {
      const stream = database.createStream({ topicPrefix: prefix });
      const refused = stream.start(() => () => {});
      await expect(refused).rejects.toBeInstanceOf(TopicsUnsafe);
      await expect(refused).rejects.toThrow(
        `${prefix}ticket-events: cleanup.policy is compact and must be delete`,
      );
      await expect(refused).rejects.toThrow(
        `kafka-configs --bootstrap-server ${brokers} --alter --entity-type topics --entity-name ` +
          `${prefix}ticket-events --add-config retention.ms=-1`,
      );
    } finally {
      await database.drop();
    }
  });
});

describeWithBroker('without its brokers', (start) => {
  let broker: Broker;
  let database: KafkaDatabase;
  const started: LogSubscription[] = [];

  beforeAll(async () => {
    broker = await start();
  });
  afterAll(() => broker?.stop());
  beforeEach(async () => {
    database = await createKafkaDatabase(broker.brokers);
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((subscription) => subscription.stop()));
    await database.drop();
  });

  async function open(sweepAfter = 120_000) {
    const stream: KafkaStream = database.createStream({ sweepAfter, lease: 2_000 });
    const log = database.openLog({ kafka: stream });
    await stream.start(log.onAppended);
    const seen: number[] = [];
    const subscription = log.subscribe({
      name: 'consumer.test',
      schema: 'consumer',
      category: 'ticket',
      handle: async (events) => void seen.push(...events.map(({ position }) => position)),
    });
    started.push(subscription);
    await subscription.start();
    const id = randomUUID();
    const append = async () => (await log.append(appendTo(id, note('x')))).position;
    return { stream, subscription, seen, append };
  }

  it('a process starts, appends, says that it is not ready, and is when they come', {
    timeout: 120_000,
  }, async () => {
    await broker.kill();
    const { stream, subscription, seen, append } = await open();
    expect(stream.state()).toEqual({ ok: false, detail: expect.stringMatching(/./) });
    const last = [await append(), await append()][1] as number;
    await broker.start();
    await eventually(() => stream.state().ok, { timeout: 60_000 });
    expect(await subscription.whenProcessed(last, 60_000)).toBe(true);
    expect(seen).toEqual([1, 2]);
  });

  it('appends go on, and what was appended is delivered in order when they are back', {
    timeout: 120_000,
  }, async () => {
    const { subscription, seen, append } = await open();
    expect(await subscription.whenProcessed(await append(), 30_000)).toBe(true);
    await broker.kill();
    let last = 0;
    for (let event = 0; event < 20; event += 1) last = await append();
    expect(subscription.position()).toBe(1);
    await broker.start();
    expect(await subscription.whenProcessed(last, 60_000)).toBe(true);
    expect(seen).toEqual(Array.from({ length: 21 }, (_, index) => index + 1));
  });

  it('what they do not bring in time comes from PostgreSQL', { timeout: 120_000 }, async () => {
    await broker.kill();
    const { subscription, seen, append } = await open(500);
    expect(await subscription.whenProcessed(await append(), 30_000)).toBe(true);
    expect(seen).toEqual([1]);
    await broker.start();
  });
});
