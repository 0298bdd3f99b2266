/** `pnpm kafka`: a real Kafka on this machine without containers, until Ctrl-C. Its data stay. */
import { resolve } from 'node:path';
import { LocalServerError, makeDirectory, type RunningServer, supervise } from '@ringback/local-servers';
import { watchLaunchers } from '@ringback/service-kit';
import { readArguments } from '@ringback/service-kit/command-line';
import { type Broker, KafkaError, PortTaken, startBroker } from '@ringback/test-kit/kafka';

const usage = `pnpm kafka

Runs a real Kafka on this machine without containers, on KAFKA_PORT (9092), until Ctrl-C. Its data are in DATA_DIR/kafka
and stay. It needs a Java 17 or later and Maven.`;
const write = (text: string) => process.stdout.write(`${text}\n`);
const shownLines = 12;

async function run(): Promise<void> {
  const port = Number(process.env.KAFKA_PORT || 9092);
  const dataFolder = resolve(process.env.DATA_DIR || '.data', 'kafka');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new KafkaError(`KAFKA_PORT is a port, a number from 1 to 65535, not ${process.env.KAFKA_PORT}`);
  }
  await makeDirectory(dataFolder).catch((error: Error) => {
    throw new KafkaError(`DATA_DIR: ${dataFolder} cannot be created: ${error.message}`);
  });
  write('Starting Kafka; the first time its jars are fetched, 44 MB.');
  let broker: Broker | null = null;
  const start = async (): Promise<RunningServer> => {
    if (broker === null) broker = await startBroker({ port, dataFolder });
    else await broker.start();
    const running = broker;
    const ended = running.ended().then(() => running.log().split('\n').slice(-shownLines).join('\n'));
    return { ended, stop: () => running.stop() };
  };
  const server = await supervise({
    name: 'Kafka',
    start,
    isTransient: () => false,
    onDown: (reason) => write(`Kafka ended; it is started again. Its last lines:\n${reason}`),
    onRetry: ({ message }) => write(`Kafka cannot be started yet: ${message}`),
    onUp: () => write('Kafka runs again.'),
  });
  const { promise: stopped, resolve: finish } = Promise.withResolvers<null>();
  let isStopping = false;
  const stop = async () => {
    if (isStopping) return;
    isStopping = true;
    write('Stopping Kafka.');
    await server.stop();
    finish(null);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const unwatch = await watchLaunchers(() => void stop());
  write(`KAFKA_BROKERS=127.0.0.1:${port}`);
  write(`Ctrl-C stops it. Its data are in ${dataFolder}; remove that folder to begin again.`);
  const error = await Promise.race([stopped, server.gaveUp]);
  unwatch();
  if (error !== null) throw error;
}

if (readArguments({ usage }) !== null) {
  await run().catch((error: unknown) => {
    const isKnown = error instanceof KafkaError || error instanceof LocalServerError;
    if (!isKnown) throw error;
    const hint = error instanceof PortTaken ? ': KAFKA_PORT=19092 pnpm kafka' : '';
    process.stderr.write(`${error.message}${hint}\n`);
    process.exitCode = 1;
  });
}
