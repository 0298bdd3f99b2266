import { randomBytes } from 'node:crypto';
import { describe, inject } from 'vitest';
import { type Broker, type BrokerOptions, startBroker } from './broker/broker.ts';
import { skippedSuiteName } from './skipped-tests.ts';

/**
 * A suite on the Kafka of the test run, in a file named `*.kafka.test.ts`. Without a Kafka each of its tests is
 * reported by name as skipped, with what to install; `brokers` is then empty, so use it in hooks and tests only.
 */
export function describeWithKafka(name: string, suite: (brokers: string) => void): void {
  describeUnlessMissing(name, inject('kafkaMissing'), () => suite(inject('kafkaBrokers')));
}

/** A suite that starts and kills brokers of its own, in a file named `*.kafka.test.ts`; else as `describeWithKafka`. */
export function describeWithBroker(
  name: string,
  suite: (start: (options?: BrokerOptions) => Promise<Broker>) => void,
): void {
  describeUnlessMissing(name, inject('brokerMissing'), () => suite(startBroker));
}

/** What a test's topics and groups begin with, so that no test meets another's. */
export function createTopicPrefix(): string {
  return `test-${randomBytes(8).toString('hex')}-`;
}

function describeUnlessMissing(name: string, missing: string | null, suite: () => void): void {
  if (missing === null) {
    throw new Error(`"${name}" needs Kafka: name its file *.kafka.test.ts, for which alone one is started`);
  }
  if (missing === '') describe(name, suite);
  else describe.skip(skippedSuiteName(name, missing), suite);
}
