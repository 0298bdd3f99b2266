import { fileURLToPath } from 'node:url';
import { createTopicPrefix, eventually } from '@ringback/test-kit';
import pg from 'pg';
import { kill } from '../../testing/server-process.ts';
import { createServiceProcesses, type ServiceProcess } from '../../testing/service-processes.ts';
import { catalog } from './promises.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { startWitness, type Witness } from './witness.ts';

/** The distributed shape: two processes of each service that works on tickets, a receiver of its webhooks, and a witness of the log. */
export interface Constellation {
  brokers: string;
  topicPrefix: string;
  pool: pg.Pool;
  /** What an instance of a service needs to take part. */
  environment: Record<string, string>;
  receiver: Receiver;
  witness: Witness;
  /** Those that run. */
  of(name: ServiceName): ServiceProcess[];
  /** Starts one more; resolves when it runs. */
  launch(name: ServiceName, environment?: Record<string, string>): Promise<ServiceProcess>;
  /** The same; resolves when it is ready. */
  start(name: ServiceName, environment?: Record<string, string>): Promise<ServiceProcess>;
  end(instance: ServiceProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Resolves when every instance says that it is ready. */
  ready(): Promise<void>;
  destroy(): Promise<void>;
}

/** The services that are killed; what defines the contract runs once and in peace. */
export const serviceNames = ['intake', 'sla-timer', 'notification', 'query'] as const;
const definingServices = ['administration', 'billing'] as const;
type ServiceName = (typeof serviceNames | typeof definingServices)[number];

// Processes start in half the time when the types of each file are stripped once for all of them.
const compileCache = fileURLToPath(
  new URL('../../../../../node_modules/.cache/ringback-compiled', import.meta.url),
);
const startWithin = { timeout: 150_000, interval: 100 };

/** Starts the shape with a contract whose promises last seconds. */
export async function startConstellation(databaseUrl: string, brokers: string): Promise<Constellation> {
  const topicPrefix = createTopicPrefix();
  const receiver = await startReceiver();
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => {});
  const environment = {
    DATABASE_URL: databaseUrl,
    KAFKA_BROKERS: brokers,
    KAFKA_TOPIC_PREFIX: topicPrefix,
    ALLOW_PRIVATE_WEBHOOKS: 'true',
    PORT: '0',
    LOG_LEVEL: 'silent',
  };
  const { PORT: _port, LOG_LEVEL: _level, ...shared } = environment;
  const processes = createServiceProcesses(
    { ...shared, NODE_COMPILE_CACHE: compileCache },
    'a-key-for-the-chaos-tests',
  );
  const running: ServiceProcess[] = [];
  const witness = await startWitness(databaseUrl, brokers, topicPrefix);

  const launch: Constellation['launch'] = async (name, environment) => {
    const instance = await processes.launch(name, environment);
    running.push(instance);
    return instance;
  };
  const start: Constellation['start'] = async (name, environment) => {
    const instance = await launch(name, environment);
    await isReady(instance);
    return instance;
  };

  const constellation: Constellation = {
    brokers,
    topicPrefix,
    pool,
    environment,
    receiver,
    witness,
    of: (name) => running.filter((instance) => instance.name === name),
    launch,
    start,
    async end(instance, signal) {
      running.splice(running.indexOf(instance), 1);
      await kill(instance.process, signal);
    },
    ready: async () => {
      await Promise.all(running.map(isReady));
    },
    async destroy() {
      await processes.destroy();
      await witness.destroy();
      receiver.close();
      await pool.end();
    },
  };
  try {
    await Promise.all([...definingServices, ...serviceNames, ...serviceNames].map((name) => start(name)));
    await agree(constellation);
    return constellation;
  } catch (error) {
    await constellation.destroy();
    throw error;
  }
}

async function isReady({ name, process, url, output }: ServiceProcess): Promise<void> {
  await eventually(async () => {
    // One that has ended will not be ready any more: the wait ends with what it said.
    if (process.exitCode !== null || process.signalCode !== null) return;
    const { status } = await fetch(`${url}/health/ready`);
    return status === 200;
  }, startWithin);
  if (process.exitCode !== null) throw new Error(`${name} ended by itself: ${output()}`);
}

/** The contract, and a subscription to what is broken of it. */
async function agree({ of, receiver }: Constellation): Promise<void> {
  const client = of('administration')[0]?.client;
  const answers = [
    await client?.put('/v1/catalogs/chaos', catalog),
    await client?.put('/v1/customers/chaos', { name: 'Chaos' }),
    await of('billing')[0]?.client.put('/v1/contracts/chaos', { customerId: 'chaos', plan: 'chaos/plan' }),
    await client?.post('/v1/subscriptions', {
      name: 'Told of breaches',
      channel: 'webhook',
      url: receiver.url,
      eventTypes: ['SlaBreached', 'SlaBreachRetracted'],
    }),
  ];
  const refused = answers.find((answer) => answer === undefined || answer.status >= 300);
  if (refused !== undefined) throw new Error(JSON.stringify(refused.body));
}
