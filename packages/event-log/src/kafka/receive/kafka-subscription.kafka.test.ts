import { describeWithKafka } from '@ringback/test-kit';
import { createKafkaDatabase } from '../../testing/kafka-database.ts';
import { describeSubscriptions } from '../../testing/subscription-contract.ts';

describeWithKafka('on Kafka', (brokers) => {
  describeSubscriptions(async () => {
    const database = await createKafkaDatabase(brokers);
    await database.startRelay();
    return {
      ...database,
      openLog: (options = {}) => database.openLog({ kafka: database.createStream(), ...options }),
    };
  });
});
