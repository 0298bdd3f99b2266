import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stablePort } from '@ringback/local-servers';
import { KafkaError, PortTaken } from '../errors.ts';
import { type BrokerProcess, launchBroker } from './broker-process.ts';
import { fetchJars } from './jars.ts';
import { loggingProperties, serverProperties } from './server-properties.ts';
import { javaCommand, missingTools } from './tools.ts';

export interface BrokerOptions {
  /** The port that clients connect to; a free one where it is left out. */
  port?: number;
  /** Where the data are kept beyond `stop`; a temporary folder, removed by `stop`, where it is left out. */
  dataFolder?: string;
  /** Where `JAVA_HOME`, `RINGBACK_CACHE` and the path are read; the process's own where it is left out. */
  environment?: NodeJS.ProcessEnv;
}

/** A Kafka of one's own: Apache Kafka, one broker, which ends with this process at the latest. */
export interface Broker {
  /** What a client takes as its list of brokers: `127.0.0.1:PORT`. */
  readonly brokers: string;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
  /** Starts it again on the same data and ports; resolves when it serves. Does nothing while it runs. */
  start(): Promise<void>;
  /** Ends it in good order, and removes the data unless they were given a folder. */
  stop(): Promise<void>;
  /** Resolves when it runs no longer, for whatever reason. */
  ended(): Promise<void>;
  /** The last lines of the log since its last start. */
  log(): string;
}

const stopWithin = 15_000;
const javaOptions = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const brokerMemory = ['-Xms256m', '-Xmx512m'];

/**
 * Starts a broker from Maven Central's jars.
 *
 * @throws {KafkaError} Maven or Java 17 is missing, the jars cannot be fetched, or the broker does not start.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const { environment = process.env } = options;
  const missing = await missingTools(environment);
  if (missing !== '') throw new KafkaError(`a Kafka broker needs ${missing}: install it and try again`);
  const jars = await fetchJars(environment);
  const broker = await createBroker(jars, options, environment);
  try {
    await broker.start();
    return broker;
  } catch (error) {
    await broker.stop();
    // Between our choice of a port and its use another program may take it.
    if (error instanceof PortTaken && error.port !== options.port) return startBroker(options);
    throw error;
  }
}

async function createBroker(
  jars: string,
  options: BrokerOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Broker> {
  const folder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'ringback-kafka-')));
  const port = options.port ?? (await stablePort());
  const properties = join(folder, 'server.properties');
  const logging = join(folder, 'log4j2.properties');
  const data = join(folder, 'data');
  const java = [javaCommand(environment), ...javaOptions, '-cp', join(jars, '*')];
  const settings = { host: '127.0.0.1', bind: '127.0.0.1', port, controllerPort: await stablePort() };

  await mkdir(folder, { recursive: true });
  await writeFile(properties, serverProperties({ ...settings, dataFolder: data }));
  await writeFile(logging, loggingProperties);

  let latest: BrokerProcess | null = null;
  let isRunning = false;

  const kill = async () => {
    latest?.signal('KILL');
    await latest?.ended;
  };
  return {
    brokers: `127.0.0.1:${port}`,
    start: async () => {
      if (isRunning) return;
      if (!existsSync(join(data, 'meta.properties'))) await format(java, properties, environment);
      const logger = `-Dlog4j2.configurationFile=${logging}`;
      const launched = launchBroker(
        [...java, ...brokerMemory, logger, 'kafka.Kafka', properties],
        environment,
      );
      latest = launched;
      isRunning = true;
      void launched.ended.then(() => {
        isRunning = false;
      });
      await launched.ready;
    },
    kill,
    stop: async () => {
      latest?.signal('TERM');
      const timer = setTimeout(kill, stopWithin);
      await latest?.ended;
      clearTimeout(timer);
      if (options.dataFolder === undefined) await rm(folder, { recursive: true, force: true });
    },
    ended: async () => latest?.ended,
    log: () => latest?.log() ?? '',
  };
}

async function format(java: string[], properties: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const [command = '', ...rest] = java;
  const args = [...rest, 'kafka.tools.StorageTool', 'format', '-t', clusterId(), '-c', properties];
  try {
    await promisify(execFile)(command, args, { env: environment });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new KafkaError(`Kafka could not prepare its data folder:\n${stdout}${stderr}`, { cause: error });
  }
}

/** Kafka's identifiers are 16 bytes in base64url; its tools would take a leading dash for an option. */
function clusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? clusterId() : id;
}
