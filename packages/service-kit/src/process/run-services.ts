import type { RequestListener } from 'node:http';
import { createDirectory, type Directory, directoryMigrations } from '@ringback/directory';
import {
  createEventLog,
  createKafkaStream,
  type KafkaStream,
  logMigrations,
  type Migration,
  migrate,
  startLogIdentity,
  subscriptionMigrations,
} from '@ringback/event-log';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { createComputations } from '../computations/index.ts';
import { readDataOrigin } from '../database/data-origin.ts';
import { createPool, type Patience, waitForDatabase } from '../database/database.ts';
import { startDatabaseClock } from '../database/database-clock.ts';
import { createDatabaseHealth } from '../database/database-health.ts';
import { watchDiskSpace } from '../database/disk-space.ts';
import { startEmbeddedDatabase } from '../database/embedded-database.ts';
import { explainDatabaseFault, isAccessFault } from '../database/explain-database-fault.ts';
import { type Authenticator, createAuthenticator } from '../http/authentication.ts';
import { createFrontServer } from '../http/front-server.ts';
import { buildServer, type ServerState } from '../http/http.ts';
import { observeEventLoopDelay } from '../observability/event-loop-delay.ts';
import { createKafkaMetrics, observeRelay } from '../observability/kafka-metrics.ts';
import { createLogger } from '../observability/logger.ts';
import { hideSecret } from '../observability/mask-secrets.ts';
import { createMetrics } from '../observability/metrics.ts';
import { observeBuild, observeLogSize, observePools } from '../observability/process-metrics.ts';
import { type ObservedLog, observeSubscriptions } from '../observability/subscription-metrics.ts';
import { parkedStreamRoutes } from '../operations/parked-streams.ts';
import { kitMigrations, loadSecrets } from '../outbound/secrets.ts';
import type { ReadinessCheck, Service, ServiceContext, ServiceDefinition } from '../service.ts';
import { type Configuration, readConfiguration } from './configuration.ts';

export interface RunOptions {
  /** Names the process in logs, metrics and to the database. */
  name: string;
  environment?: { [name: string]: string | undefined };
  /** Whether PostgreSQL may run inside when `DATABASE_URL` is unset. Default false: then the variable is needed. */
  embedded?: boolean;
}

/** Services that run together in this process. */
export interface Running {
  url: string;
  configuration: Configuration;
  databaseUrl: string;
  logger: Logger;
  app: FastifyInstance;
  contexts: Map<string, ServiceContext>;
  /** Resolves when the process cannot go on and should end, with why. Else never. */
  readonly failed: Promise<Error>;
  /** Drains, finishes, lets go. */
  stop(): Promise<void>;
}

const version = '0.1.0';
const readYourWritesMilliseconds = 5_000;
const requestConnections = 10;
const subscriptionConnections = 8;

/**
 * Starts services in this process: listens first (503 until ready), then waits for the database, migrates, and starts
 * them. Rejects with what to do about it when the configuration, the port or the data directory cannot be used.
 */
export async function runServices(definitions: ServiceDefinition[], options: RunOptions): Promise<Running> {
  const configuration = readConfiguration(options.environment ?? process.env);
  for (const secret of [configuration.bootstrapApiKey, configuration.secretKey]) hideSecret(secret);
  const logger = createLogger(configuration.logLevel, options.name);
  if (configuration.databaseUrl === null && options.embedded !== true) {
    throw new Error('DATABASE_URL is needed: the PostgreSQL that the services share.');
  }
  const metrics = createMetrics();
  observeBuild(metrics, version);
  let state: ServerState = 'starting';
  let authenticator: Authenticator | null = null;
  const checks: ReadinessCheck[] = [];
  const services: Service[] = [];
  const front = createFrontServer();
  const url = await front.listen(configuration.host, configuration.port);
  let app: FastifyInstance | null = null;
  const resources: (() => void | Promise<void>)[] = [observeEventLoopDelay(metrics)];
  const release = async () => {
    for (const free of resources.splice(0).reverse()) {
      await Promise.resolve(free()).catch((error: unknown) => logger.error({ err: error }, 'release failed'));
    }
  };
  const starting = new AbortController();
  try {
    const { url: database, failed } = await openDatabase(configuration, logger, metrics, resources);
    const health = createDatabaseHealth(database, metrics);
    resources.push(() => health.close());
    const open = (max: number, patience: Patience) => {
      const opened = createPool(database, options.name, logger, max, patience);
      health.observe(opened);
      resources.push(() => opened.end());
      return opened;
    };
    const pool = open(requestConnections, 'request');
    const subscriptionPool = open(subscriptionConnections, 'background');
    observePools(metrics, { requests: pool, subscriptions: subscriptionPool });
    observeLogSize(metrics, pool);
    await waitForDatabase(pool, tellOf(logger), starting.signal);
    await migrateAtStart(database, definitions, logger);
    const kafka = openKafka({ pool, subscriptionPool }, configuration, logger, metrics);
    const { shared, subscriptionsOf } = await openShared(
      { pool, subscriptionPool },
      database,
      configuration,
      logger,
      metrics,
      resources,
      kafka,
    );
    const contexts = new Map<string, ServiceContext>();
    const directories: Directory[] = [];
    const whenDefined = async (position: number) => {
      await Promise.all(directories.map((each) => each.whenProcessed(position, readYourWritesMilliseconds)));
    };
    let handler: RequestListener = () => {};
    const server = await buildServer({
      name: options.name,
      version,
      configuration,
      logger,
      metrics,
      cursorKey: shared.secrets.derive('cursors'),
      state: () => state,
      authenticator: () => authenticator,
      checks: () => checks,
      logName: shared.logIdentity.name,
      server: front.server,
      onHandler: (made) => {
        handler = made;
      },
    });
    app = server;
    for (const definition of definitions) {
      const directory = createDirectory({
        log: shared.log,
        pool,
        schema: definition.schema,
        logger,
      });
      await directory.start();
      directories.push(directory);
      resources.push(() => directory.stop());
      const context = {
        ...shared,
        address: publicAddress(configuration.publicUrl ?? url),
        directory,
        whenDefined,
        logger: logger.child({ service: definition.name }),
      };
      contexts.set(definition.name, context);
      const service = await definition.create(context);
      services.push(service);
      checks.push(...service.readiness);
      if (authenticator === null) {
        const keys = createAuthenticator({
          authenticate: (key) => directory.authenticate(key),
          now: shared.clock.now,
          requestsPerMinute: configuration.requestsPerMinute,
        });
        directory.onChanged((kind) => kind === 'api-key' && keys.forget());
        authenticator = keys;
      }
      const routes = async (scope: FastifyInstance) => {
        await service.routes(scope);
        parkedStreamRoutes(scope, definition.name, () => subscriptionsOf(definition.schema));
      };
      await server.register(routes, { prefix: '/v1' });
    }
    checks.push(health.check);
    if (kafka !== null) checks.push({ name: 'kafka', check: async () => kafka.state() });
    await server.ready();
    for (const service of services) await service.start();
    state = 'ready';
    front.handOver(handler);
    return {
      url,
      configuration,
      databaseUrl: database,
      logger,
      app: server,
      contexts,
      failed,
      stop: async () => {
        state = 'draining';
        const closed = front.close();
        await server.close();
        await closed;
        for (const service of services.toReversed()) await service.stop();
        await release();
      },
    };
  } catch (error) {
    starting.abort();
    await app?.close();
    await front.close();
    await release();
    throw error;
  }
}

/** Brings every schema up to date: the log's, the kit's, and those of the services with their projections. */
export async function runMigrations(pool: Pool, definitions: ServiceDefinition[]): Promise<string[]> {
  const ran: string[] = [];
  const run = async (schema: string, migrations: Migration[]) => {
    for (const name of await migrate(pool, schema, migrations)) ran.push(`${schema}/${name}`);
  };
  await run('log', logMigrations);
  await run('kit', kitMigrations);
  for (const { schema, migrations } of definitions) {
    await run(schema, [...subscriptionMigrations(schema), ...directoryMigrations(schema), ...migrations]);
  }
  return ran;
}

async function openDatabase(
  configuration: Configuration,
  logger: Logger,
  metrics: Registry,
  resources: (() => void | Promise<void>)[],
): Promise<{ url: string; failed: Promise<Error> }> {
  if (configuration.databaseUrl !== null) {
    return { url: configuration.databaseUrl, failed: new Promise(() => {}) };
  }
  const embedded = await startEmbeddedDatabase(configuration.dataDirectory, logger);
  resources.push(() => embedded.stop());
  const disk = watchDiskSpace(embedded.folder, logger, metrics);
  resources.push(() => disk.stop());
  return { url: embedded.url, failed: embedded.gaveUp };
}

/** Even where the log is silent: what a start waits for is to be seen. */
function tellOf(logger: Logger): (message: string) => void {
  return (message) => {
    if (logger.isLevelEnabled('warn')) logger.warn(message);
    else process.stderr.write(`${message}\n`);
  };
}

/** On a connection of its own: a migration takes as long as it takes. */
async function migrateAtStart(url: string, definitions: ServiceDefinition[], logger: Logger): Promise<void> {
  const pool = createPool(url, 'migrate', logger, 1, 'unlimited');
  try {
    await runMigrations(pool, definitions);
  } catch (error) {
    throw isAccessFault(error) ? explainDatabaseFault(error, pool.options) : error;
  } finally {
    await pool.end();
  }
}

function openKafka(
  { pool, subscriptionPool }: { pool: Pool; subscriptionPool: Pool },
  { kafkaBrokers: brokers, kafkaTopicPrefix: topicPrefix }: Configuration,
  logger: Logger,
  metrics: Registry,
): KafkaStream | null {
  if (brokers.length === 0) return null;
  const observer = createKafkaMetrics(metrics);
  const kafka = createKafkaStream({
    brokers,
    topicPrefix,
    pool: subscriptionPool,
    lookups: pool,
    logger,
    observer,
  });
  observeRelay(kafka, metrics);
  return kafka;
}

async function openShared(
  { pool, subscriptionPool }: { pool: Pool; subscriptionPool: Pool },
  connectionString: string,
  configuration: Configuration,
  logger: Logger,
  metrics: Registry,
  resources: (() => void | Promise<void>)[],
  kafka: KafkaStream | null,
): Promise<{
  shared: Omit<ServiceContext, 'directory' | 'whenDefined' | 'address'>;
  subscriptionsOf: ObservedLog['subscriptionsOf'];
}> {
  const opened = createEventLog({
    pool,
    subscriptionPool,
    connectionString,
    logger,
    ...(kafka === null ? {} : { kafka }),
  });
  resources.push(() => opened.close());
  const { log, subscriptionsOf } = observeSubscriptions(opened, metrics);
  if (kafka !== null) {
    resources.push(() => kafka.stop());
    await kafka.start(log.onAppended);
    const { ok, detail } = kafka.state();
    if (!ok) tellOf(logger)(`KAFKA_BROKERS: Kafka cannot be used yet; it is tried again. ${detail}`);
  }
  const clock = await startDatabaseClock(pool);
  resources.push(() => clock.stop());
  const origin = configuration.databaseUrl === null ? await readDataOrigin(pool) : '';
  const logIdentity = await startLogIdentity({ pool, logger, origin });
  resources.push(logIdentity.stop);
  // After a reconnection another server may answer, for example after a failover.
  opened.onAppended((position) => position === 0 && void logIdentity.check().catch(() => {}));
  const secrets = await loadSecrets(pool, configuration.secretKey);
  const computations = createComputations({ metrics, logger });
  resources.push(() => computations.stop());
  const shared = { configuration, logger, pool, log, logIdentity, clock, metrics, secrets, computations };
  return { shared, subscriptionsOf };
}

/** Without a slash at its end; who listens on every address is reached on this machine. */
const publicAddress = (url: string): string =>
  url.replace(/\/$/, '').replace(/^(https?:\/\/)(?:0\.0\.0\.0|\[::\])(?=:|$)/, '$1127.0.0.1');
