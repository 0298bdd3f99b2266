import { KafkaError } from './errors.ts';
import { kafkaVersion } from './jars.ts';
import type { RunningKafka } from './running-kafka.ts';
import { readyLine, serverProperties } from './server-properties.ts';
import { stablePort } from './stable-port.ts';

const engineAnswersWithin = 5_000;
// The image may have to be fetched first.
const startsWithin = 180_000;

/** Whether a container engine answers: a command line without one behind it is no engine. */
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
  const content = serverProperties({
    host,
    bind: '0.0.0.0',
    port,
    controllerPort: port + 1,
    dataFolder: '/tmp/ringback-kafka',
  });
  try {
    const container = await new GenericContainer(`apache/kafka:${kafkaVersion}`)
      .withExposedPorts({ container: port, host: port })
      .withCopyContentToContainer([{ content, target: '/mnt/shared/config/server.properties', mode: 0o644 }])
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
