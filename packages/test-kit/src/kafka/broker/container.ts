import { stablePort } from '@ringback/local-servers';
import { KafkaError } from '../errors.ts';
import { kafkaVersion } from './jars.ts';
import type { RunningKafka } from './running-kafka.ts';
import { type Listening, readyLine, serverProperties } from './server-properties.ts';

const engineAnswersWithin = 5_000;
const startsWithin = 60_000;

/** Whether a container engine answers: a command line without one behind it is not an engine. */
export async function hasEngine(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), engineAnswersWithin);
  });
  const answer = getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
  const answered = await Promise.race([answer, silence]);
  clearTimeout(timer);
  return answered;
}

/**
 * Starts Kafka in a container, which is removed with this process at the latest.
 *
 * @throws {KafkaError} It does not start.
 */
export async function startContainer(): Promise<RunningKafka> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers');
  const { host } = (await getContainerRuntimeClient()).info.containerRuntime;
  // The broker tells its clients where to find it, so its port outside must be known before it starts.
  const port = await stablePort();
  const environment = containerEnvironment({
    host,
    bind: '0.0.0.0',
    port,
    controllerPort: port + 1,
    dataFolder: '/tmp/ringback-kafka',
  });
  try {
    const container = await new GenericContainer(`apache/kafka:${kafkaVersion}`)
      .withExposedPorts({ container: port, host: port })
      .withEnvironment(environment)
      .withWaitStrategy(Wait.forLogMessage(readyLine))
      .withStartupTimeout(startsWithin)
      .start();
    return { brokers: `${host}:${port}`, stop: async () => void (await container.stop()) };
  } catch (error) {
    throw new KafkaError(`apache/kafka:${kafkaVersion} did not start in a container: ${String(error)}`, {
      cause: error,
    });
  }
}

/** The settings as the image takes them: `log.dirs` is `KAFKA_LOG_DIRS`. */
export function containerEnvironment(listening: Listening): Record<string, string> {
  const settings = serverProperties(listening).matchAll(/^([a-z.]+)=(.*)$/gm);
  return Object.fromEntries(
    Array.from(settings, ([, name = '', value = '']) => [
      `KAFKA_${name.replaceAll('.', '_').toUpperCase()}`,
      value,
    ]),
  );
}
