import type { Directory } from '@ringback/directory';
import type { EventLog, LogIdentity, Migration } from '@ringback/event-log';
import type { FastifyInstance } from 'fastify';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import type { Computations } from './computations/index.ts';
import type { DatabaseClock } from './database/database-clock.ts';
import type { Secrets } from './outbound/secrets.ts';
import type { Configuration } from './process/configuration.ts';

/** What a service is given to stand on; the same in a process of its own and composed with others in one. */
export interface ServiceContext {
  configuration: Configuration;
  /** How the outside reaches us, without a slash at its end: `PUBLIC_URL`, else where we listen. Never from a request. */
  address: string;
  logger: Logger;
  /** Connections to the database; `search_path` is not set: every statement names its schema. */
  pool: Pool;
  log: EventLog;
  /** The log's name, which every answer with a position carries. */
  logIdentity: LogIdentity;
  clock: DatabaseClock;
  metrics: Registry;
  secrets: Secrets;
  /** Threads for what others have asked to be computed; one set for all services of the process. */
  computations: Computations;
  /** Customers, contracts, catalogs, calendars, integrations, keys: this service's own projection of them. */
  directory: Directory;
  /**
   * Resolves once every service of this process knows what was defined up to this position of the log, or after
   * five seconds: what a change allows works at once.
   */
  whenDefined(position: number): Promise<void>;
}

/** A check of readiness: named in the answer of `/health/ready`. */
export interface ReadinessCheck {
  name: string;
  check(): Promise<{ ok: boolean; detail?: string }>;
}

/** One service. `routes` is registered below `/v1` on whichever server hosts it. */
export interface Service {
  name: string;
  routes(app: FastifyInstance): void | Promise<void>;
  start(): Promise<void>;
  /** Finishes what is in hand, then lets go; called once, after the HTTP server has drained. */
  stop(): Promise<void>;
  readiness: ReadinessCheck[];
}

/** `schema`: the service's own PostgreSQL schema; `migrations`: run in order, once each, under a lock. */
export interface ServiceDefinition {
  name: string;
  schema: string;
  migrations: Migration[];
  create(context: ServiceContext): Service | Promise<Service>;
}
