import { startBroker } from './broker/broker.ts';
import { hasEngine, startContainer } from './broker/container.ts';
import type { RunningKafka } from './broker/running-kafka.ts';
import { missingTools } from './broker/tools.ts';
import { KafkaError } from './errors.ts';

/** Where a Kafka can come from when none is named. */
export interface KafkaSources {
  hasEngine(): Promise<boolean>;
  startContainer(): Promise<RunningKafka>;
  missingTools(): Promise<string>;
  startBroker(): Promise<RunningKafka>;
}

/**
 * The Kafka of `KAFKA_BROKERS`, else one in a container where an engine answers, else one from Maven Central's jars;
 * else what to do to have one.
 */
export async function findKafka(
  environment: NodeJS.ProcessEnv,
  sources: KafkaSources = {
    hasEngine,
    startContainer,
    missingTools: () => missingTools(environment),
    startBroker: () => startBroker({ environment }),
  },
): Promise<RunningKafka | { missing: string }> {
  const named = environment.KAFKA_BROKERS?.trim();
  if (named !== undefined && named !== '') return { brokers: named, stop: async () => {} };
  const faults: string[] = [];
  if (await sources.hasEngine()) {
    const container = await sources.startContainer().catch((error) => faults.push(explain(error)));
    if (typeof container === 'object') return container;
  }
  const missing = await sources.missingTools();
  if (missing === '') {
    const broker = await sources.startBroker().catch((error) => faults.push(explain(error)));
    if (typeof broker === 'object') return broker;
  }
  if (faults.length === 0)
    faults.push(`install ${missing}, or start a container engine, or set KAFKA_BROKERS`);
  return { missing: faults.join('; ') };
}

function explain(error: unknown): string {
  if (error instanceof KafkaError) return error.message;
  throw error;
}
