/** `pnpm kafka`: a real Kafka on this machine without containers, until Ctrl-C. Its data stay. */
import { resolve } from 'node:path';
import { KafkaError, PortTaken, startBroker } from '@ringback/test-kit/kafka';

const port = Number(process.env.KAFKA_PORT || 9092);
const dataFolder = resolve(process.env.DATA_DIR || '.data', 'kafka');
const write = (text: string) => process.stdout.write(`${text}\n`);

try {
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new KafkaError(`KAFKA_PORT is a port, a number from 1 to 65535, not ${process.env.KAFKA_PORT}`);
  }
  write('Starting Kafka; the first time its jars are fetched, 44 MB.');
  const broker = await startBroker({ port, dataFolder });
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    write('Stopping Kafka.');
    void broker.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  write(`KAFKA_BROKERS=${broker.brokers}`);
  write(`Ctrl-C stops it. Its data are in ${dataFolder}; remove that folder to begin anew.`);
  await broker.ended();
  if (!isStopping) throw new KafkaError(`Kafka ended by itself. Its last lines:\n${broker.log()}`);
} catch (error) {
  if (!(error instanceof KafkaError)) throw error;
  const hint = error instanceof PortTaken ? ': KAFKA_PORT=19092 pnpm kafka' : '';
  process.stderr.write(`${error.message}${hint}\n`);
  process.exitCode = 1;
}
