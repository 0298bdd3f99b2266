import { createTopicPrefix, describeWithKafka } from '@ringback/test-kit';
import { ConfigResourceTypes, Kafka, logLevel } from 'kafkajs';
import { expect, it, vi } from 'vitest';
import { topics } from './testing/topics.ts';

// On Node 24 this client asks once for a timer that lies in the past, which does no harm.
const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
vi.spyOn(process, 'emitWarning').mockImplementation((...args: unknown[]) => {
  if (args[1] !== 'TimeoutNegativeWarning') emitWarning(...args);
});

describeWithKafka('the topics', (brokers) => {
  it('are taken by Kafka as they are written, also by a single broker', async () => {
    const prefix = createTopicPrefix();
    const admin = new Kafka({ brokers: brokers.split(','), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      await admin.createTopics({
        waitForLeaders: true,
        topics: topics.map(({ name, partitions, replicationFactor, settings }) => ({
          topic: `${prefix}${name}`,
          numPartitions: partitions,
          replicationFactor,
          configEntries: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
        })),
      });
      const names = topics.map(({ name }) => `${prefix}${name}`);
      const metadata = await admin.fetchTopicMetadata({ topics: names });
      for (const { name, partitions, settings } of topics) {
        const made = metadata.topics.find((each) => each.name === `${prefix}${name}`);
        expect(made?.partitions, name).toHaveLength(partitions);
        const { resources } = await admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: ConfigResourceTypes.TOPIC, name: `${prefix}${name}` }],
        });
        const kept = resources[0]?.configEntries.map(({ configName, configValue }) => [
          configName,
          configValue,
        ]);
        expect(Object.fromEntries(kept ?? []), name).toMatchObject(settings);
      }
      await admin.deleteTopics({ topics: names });
    } finally {
      await admin.disconnect();
    }
  });
});
