import { describeWithKafka } from '@ringback/test-kit';
import { describeHostileEvents } from '../../testing/hostile-contract.ts';
import { createKafkaDatabase, type KafkaDatabase } from '../../testing/kafka-database.ts';

describeWithKafka('on Kafka', (brokers) => {
  describeHostileEvents(
    async () => {
      const database = await createKafkaDatabase(brokers);
      await database.startRelay();
      return database;
    },
    (database) => ({
      KAFKA_BROKERS: brokers,
      KAFKA_TOPIC_PREFIX: (database as KafkaDatabase).topicPrefix,
    }),
  );
});
