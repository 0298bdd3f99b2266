import type { RequestListener } from 'node:http';
import { administrationMigrations, createAdministration } from '@ringback/administration';
import {
  createEventLog,
  createKafkaStream,
  type KafkaStream,
  logMigrations,
  migrate,
  subscriptionMigrations,
} from '@ringback/event-log';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { type Authenticator, createAuthenticator } from './authentication.ts';
import { type Configuration, readConfiguration } from './configuration.ts';
import { createPool, waitForDatabase } from './database.ts';
import { startDatabaseClock } from './database-clock.ts';
import { type EmbeddedDatabase, startEmbeddedDatabase } from './embedded-database.ts';
import { observeEventLoopDelay } from './event-loop-delay.ts';
import { createFrontServer } from './front-server.ts';
import { buildServer, type ServerState } from './http.ts';
import { createKafkaMetrics, observeRelay } from './kafka-metrics.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';
import { parkedStreamRoutes } from './parked-streams.ts';
import { kitMigrations, loadSecrets } from './secrets.ts';
import type { ReadinessCheck, Service, ServiceContext, ServiceDefinition } from './service.ts';
import { type ObservedLog, observeSubscriptions } from './subscription-metrics.ts';

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
  /** Drains, finishes, lets go. */
  stop(): Promise<void>;
}

const version = '0.1.0';

/**
 * Starts services in this process: listens first (503 until ready), then waits for the database, migrates, and starts
 * them. Rejects with what to do about it when the configuration, the port or the data directory cannot be used.
 */
export async function runServices(definitions: ServiceDefinition[], options: RunOptions): Promise<Running> {
  const configuration = readConfiguration(options.environment ?? process.env);
  const logger = createLogger(configuration.logLevel, options.name);
  if (configuration.databaseUrl === null && options.embedded !== true) {
    throw new Error('DATABASE_URL is needed: the PostgreSQL that the services share.');
  }
  const metrics = createMetrics();
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
      await Promise.resolve(free()).catch((error: unknown) =>
        logger.error({ err: error }, 'could not let go'),
      );
    }
  };
  const starting = new AbortController();
  try {
    const database = await openDatabase(configuration, logger, resources);
    const pool = createPool(database, options.name, logger);
    resources.push(() => pool.end());
    await waitForDatabase(pool, logger, starting.signal);
    await runMigrations(pool, definitions);
    const kafka = openKafka(pool, configuration, logger, metrics);
    const { shared, subscriptionsOf } = await openShared(
      pool,
      database,
      configuration,
      logger,
      metrics,
      resources,
      kafka,
    );
    const contexts = new Map<string, ServiceContext>();
    let handler: RequestListener = () => {};
    const server = await buildServer({
      name: options.name,
      version,
      configuration,
      logger,
      metrics,
      state: () => state,
      authenticator: () => authenticator,
      checks: () => checks,
      server: front.server,
      onHandler: (made) => {
        handler = made;
      },
    });
    app = server;
    for (const definition of definitions) {
      const administration = createAdministration({
        log: shared.log,
        pool,
        schema: definition.schema,
        logger,
      });
      await administration.start();
      resources.push(() => administration.stop());
      const context = { ...shared, administration, logger: logger.child({ service: definition.name }) };
      contexts.set(definition.name, context);
      const service = await definition.create(context);
      services.push(service);
      checks.push(...service.readiness);
      if (authenticator === null) {
        const keys = createAuthenticator((key) => administration.authenticate(key));
        administration.onChanged((kind) => kind === 'api-key' && keys.forget());
        authenticator = keys;
      }
      const routes = async (scope: FastifyInstance) => {
        await service.routes(scope);
        parkedStreamRoutes(scope, definition.name, () => subscriptionsOf(definition.schema));
      };
      await server.register(routes, { prefix: '/v1' });
    }
    checks.push(databaseCheck(pool));
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
  const run = async (schema: string, migrations: { name: string; sql: string }[]) => {
    for (const name of await migrate(pool, schema, migrations)) ran.push(`${schema}/${name}`);
  };
  await run('log', logMigrations);
  await run('kit', kitMigrations);
  for (const { schema, migrations } of definitions) {
    await run(schema, [
      ...subscriptionMigrations(schema),
      ...administrationMigrations(schema),
      ...migrations,
    ]);
  }
  return ran;
}

async function openDatabase(
  configuration: Configuration,
  logger: Logger,
  resources: (() => void | Promise<void>)[],
): Promise<string> {
  if (configuration.databaseUrl !== null) return configuration.databaseUrl;
  const embedded: EmbeddedDatabase = await startEmbeddedDatabase(configuration.dataDirectory, logger);
  resources.push(() => embedded.stop());
  return embedded.url;
}

function openKafka(
  pool: Pool,
  { kafkaBrokers: brokers, kafkaTopicPrefix: topicPrefix }: Configuration,
  logger: Logger,
  metrics: Registry,
): KafkaStream | null {
  if (brokers.length === 0) return null;
  const observer = createKafkaMetrics(metrics);
  const kafka = createKafkaStream({ brokers, topicPrefix, pool, logger, observer });
  observeRelay(kafka, metrics);
  return kafka;
}

async function openShared(
  pool: Pool,
  connectionString: string,
  configuration: Configuration,
  logger: Logger,
  metrics: Registry,
  resources: (() => void | Promise<void>)[],
  kafka: KafkaStream | null,
): Promise<{
  shared: Omit<ServiceContext, 'administration'>;
  subscriptionsOf: ObservedLog['subscriptionsOf'];
}> {
  const opened = createEventLog({ pool, connectionString, logger, ...(kafka === null ? {} : { kafka }) });
  resources.push(() => opened.close());
  const { log, subscriptionsOf } = observeSubscriptions(opened, metrics);
  if (kafka !== null) {
    resources.push(() => kafka.stop());
    await kafka.start(log.onAppended);
  }
  const clock = await startDatabaseClock(pool);
  resources.push(() => clock.stop());
  const secrets = await loadSecrets(pool, configuration.secretKey);
  return { shared: { configuration, logger, pool, log, clock, metrics, secrets }, subscriptionsOf };
}

function databaseCheck(pool: Pool): ReadinessCheck {
  return {
    name: 'database',
    check: async () => {
      await pool.query('select 1');
      return { ok: true };
    },
  };
}
