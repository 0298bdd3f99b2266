import type { TestProject } from 'vitest/node';
import { provideKafka } from './kafka/provide-kafka.ts';
import { startCluster } from './postgres/cluster.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/**
 * One PostgreSQL for the whole run, on which each test makes a database of its own; one Kafka where a test needs it.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [cluster, endKafka] = await Promise.all([startCluster(), provideKafka(project)]);
  project.provide('postgresUrl', cluster.url());
  return async () => {
    await Promise.all([cluster.destroy(), endKafka()]);
  };
}
