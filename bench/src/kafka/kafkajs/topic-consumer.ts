/** A process with a kafkajs consumer and nothing else. The effect of a message is there when its batch is handed over. */
import { Kafka, logLevel } from 'kafkajs';
import { now } from '../instants.ts';
import { reportEffects } from '../report-effects.ts';

const { brokers, topic } = JSON.parse(process.argv[2] ?? '{}');
const kafka = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 300 });
const { note } = reportEffects(() => consumer.disconnect());
await consumer.connect();
await consumer.subscribe({ topics: [topic], fromBeginning: true });
await consumer.run({
  partitionsConsumedConcurrently: 6,
  eachBatch: async ({ batch }) => {
    note(
      batch.messages.map(({ value }) => Number(value?.subarray(0, value.indexOf(' ')).toString())),
      now(),
    );
  },
});
