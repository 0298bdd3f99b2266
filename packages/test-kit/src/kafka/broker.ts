import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { KafkaError } from './errors.ts';
import { type GuardedProcess, spawnGuarded } from './guarded-process.ts';
import { fetchJars } from './jars.ts';
import { loggingProperties, readyLine, serverProperties } from './server-properties.ts';
import { stablePort } from './stable-port.ts';
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
  /** Starts it again on the same data and ports; resolves when it serves. */
  start(): Promise<void>;
  /** Ends it in good order, and removes the data unless they were given a folder. */
  stop(): Promise<void>;
  /** Resolves when it runs no longer, for whatever reason. */
  ended(): Promise<void>;
  /** The last lines of its log. */
  log(): string;
}

const keptLines = 200;
const readyWithin = 60_000;
const stopWithin = 15_000;
const javaOptions = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const portIsTaken = /Address already in use/;

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
  const dataFolder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'ringback-kafka-')));
  const broker = await createBroker(jars, dataFolder, options, environment);
  try {
    await broker.start();
    return broker;
  } catch (error) {
    await broker.stop();
    // Between the choice of a port and its use another program may take it.
    if (options.port === undefined && portIsTaken.test(broker.log())) return startBroker(options);
    throw error;
  }
}

async function createBroker(
  jars: string,
  dataFolder: string,
  options: BrokerOptions,
  environment: NodeJS.ProcessEnv,
): Promise<Broker> {
  const port = options.port ?? (await stablePort());
  const properties = join(dataFolder, 'server.properties');
  const logging = join(dataFolder, 'log4j2.properties');
  const data = join(dataFolder, 'data');
  const java = [javaCommand(environment), `-Dlog4j2.configurationFile=${logging}`, '-cp', join(jars, '*')];
  let lines: string[] = [];
  let running: GuardedProcess | null = null;
  const log = () => lines.join('\n');

  await mkdir(dataFolder, { recursive: true });
  const listening = { host: '127.0.0.1', bind: '127.0.0.1', port, controllerPort: await stablePort() };
  await writeFile(properties, serverProperties({ ...listening, dataFolder: data }));
  await writeFile(logging, loggingProperties);

  const start = async () => {
    if (running !== null) return;
    lines = [];
    if (!existsSync(join(data, 'meta.properties'))) await format(java, properties, environment);
    await new Promise<void>((resolve, reject) => {
      const fail = (what: string) =>
        reject(new KafkaError(`the Kafka broker ${what}. Its last lines:\n${log()}`));
      const timer = setTimeout(() => fail(`does not serve after ${readyWithin / 1000} seconds`), readyWithin);
      const [command = 'java', ...rest] = java;
      const launched = spawnGuarded(
        [command, ...javaOptions, ...rest, 'kafka.Kafka', properties],
        environment,
        (line) => {
          lines.push(line);
          if (lines.length > keptLines) lines.shift();
          if (!readyLine.test(line)) return;
          clearTimeout(timer);
          resolve();
        },
      );
      running = launched;
      launched.ended.then(
        () => {
          if (running === launched) running = null;
          clearTimeout(timer);
          fail(portIsTaken.test(log()) ? `finds port ${port} taken: choose another` : 'ended');
        },
        (error: Error) => {
          running = null;
          clearTimeout(timer);
          reject(new KafkaError('a Kafka broker needs a POSIX shell (sh)', { cause: error }));
        },
      );
    });
  };

  const kill = async () => {
    running?.signal('KILL');
    await running?.ended;
  };

  return {
    brokers: `127.0.0.1:${port}`,
    start,
    kill,
    log,
    ended: async () => void (await running?.ended),
    stop: async () => {
      running?.signal('TERM');
      const timer = setTimeout(kill, stopWithin);
      await running?.ended;
      clearTimeout(timer);
      if (options.dataFolder === undefined) await rm(dataFolder, { recursive: true, force: true });
    },
  };
}

async function format(java: string[], properties: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const [command = 'java', ...rest] = java;
  const args = ['-XX:TieredStopAtLevel=1', ...rest, 'kafka.tools.StorageTool', 'format'];
  try {
    await promisify(execFile)(command, [...args, '-t', clusterId(), '-c', properties], { env: environment });
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
