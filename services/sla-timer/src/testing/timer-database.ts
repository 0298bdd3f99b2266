import { randomUUID } from 'node:crypto';
import { createDirectory, directoryMigrations } from '@ringback/directory';
import {
  type AdministrationEventData,
  type AdministrationEventType,
  type AdministrationKind,
  administrationEventSchemas,
  administrationStreamId,
} from '@ringback/domain/administration';
import type { Catalog } from '@ringback/domain/catalog';
import { newTicketEvent, type TicketEventData, type TicketEventType } from '@ringback/domain/ticket';
import {
  createEventLog,
  type EventLog,
  logMigrations,
  type Migration,
  migrate,
  type RecordedEvent,
  startLogIdentity,
  subscriptionMigrations,
} from '@ringback/event-log';
import {
  createComputations,
  createSecrets,
  type DatabaseClock,
  readConfiguration,
  startDatabaseClock,
} from '@ringback/service-kit';
import { createTestDatabase } from '@ringback/test-kit';
import pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { slaTimer } from '../index.ts';
import { createSlaTimer, type SlaTimerSettings } from '../service.ts';
import { hour, watchCatalog } from './watch-catalog.ts';

export interface Instance {
  metrics: Registry;
  stop(): Promise<void>;
}

interface InstanceOptions extends SlaTimerSettings {
  /** Wraps the instance's view of the database's clock. */
  clock?(clock: DatabaseClock): DatabaseClock;
  /** False: it hears of appends by polling alone. */
  notifications?: boolean;
  /** Wraps the instance's way to the log. */
  log?(log: EventLog): EventLog;
}

interface Opening {
  /** Epoch milliseconds at which its first clock (an hour, for most priorities) is due. */
  dueAt: number;
  priority?: string;
  /** What the clock of this priority lasts, milliseconds. */
  lasts?: number;
  id?: string;
  coverage?: Partial<TicketEventData<'TicketOpened'>['coverage']>;
}

export interface TimerDatabase {
  url: string;
  pool: pg.Pool;
  /** The log as intake would use it. */
  log: EventLog;
  /** Epoch milliseconds by the database's clock. */
  now(): Promise<number>;
  start(options?: InstanceOptions): Promise<Instance>;
  open(...openings: Opening[]): Promise<string[]>;
  /** Appends to a ticket, whatever its version. */
  append<T extends TicketEventType>(
    ticketId: string,
    type: T,
    data: TicketEventData<T>,
    occurredAt?: number | null,
  ): Promise<{ position: number; recordedAt: string }>;
  amend<T extends AdministrationEventType>(
    kind: AdministrationKind,
    id: string,
    type: T,
    data: AdministrationEventData<T>,
  ): Promise<{ position: number; recordedAt: string }>;
  publish(catalog: Catalog, version: number): Promise<{ position: number; recordedAt: string }>;
  history(ticketId: string): Promise<RecordedEvent[]>;
  /** Types of the events that the timer has appended to a ticket, in order. */
  said(ticketId: string): Promise<string[]>;
  /** How many events of a type are in the log. */
  count(type: TicketEventType): Promise<number>;
  drop(): Promise<void>;
}

const metadata = { actor: 'service:test' };
const logger = pino({ level: process.env.LOG_LEVEL ?? 'silent' });

interface DatabaseOptions {
  /** A database on a cluster of the test's own. */
  url?: string;
  /** Those of the service in an earlier release. */
  migrations?: Migration[];
}

/** A database with the log, the timer's schema and the catalog `watch`. */
export async function createTimerDatabase(options: DatabaseOptions = {}): Promise<TimerDatabase> {
  const { url, migrations = slaTimer.migrations } = options;
  const database = url === undefined ? await createTestDatabase() : await openDatabase(url);
  const { pool } = database;
  await migrate(pool, 'log', logMigrations);
  await migrateTimer(pool, migrations);
  const log = createEventLog({ pool, connectionString: database.url, patience: 20_000 });
  const instances = new Set<Instance>();

  const appendTo = async (category: 'ticket' | 'administration', id: string, event: object) => {
    const stream = { category, id };
    const appends = [{ stream, expected: 'any' as const, events: [event as never] }];
    return await log.append({ appends, metadata });
  };

  const self: TimerDatabase = {
    url: database.url,
    pool,
    log,
    async now() {
      const { rows } = await pool.query<{ now: number }>(
        'select extract(epoch from clock_timestamp())::float8 * 1000 as now',
      );
      return Math.floor(rows[0]?.now ?? 0);
    },
    async start(options = {}) {
      const instance = await startInstance(database.url, options);
      const stop = async () => {
        if (instances.delete(started)) await instance.stop();
      };
      const started = { metrics: instance.metrics, stop };
      instances.add(started);
      return started;
    },
    open: (...openings) =>
      Promise.all(
        openings.map(
          async ({ dueAt, priority = 'normal', lasts = hour, id = randomUUID(), coverage = {} }) => {
            const openedAt = new Date(dueAt - lasts).toISOString();
            await appendTo(
              'ticket',
              id,
              newTicketEvent('TicketOpened', opening(priority, coverage), openedAt),
            );
            return id;
          },
        ),
      ),
    append: (ticketId, type, data, occurredAt = null) => {
      const at = occurredAt === null ? null : new Date(occurredAt).toISOString();
      return appendTo('ticket', ticketId, newTicketEvent(type, data, at));
    },
    amend: (kind, id, type, data) =>
      appendTo('administration', administrationStreamId(kind, id), {
        type,
        v: administrationEventSchemas[type].v,
        data,
      }),
    publish: (catalog, version) =>
      self.amend('catalog', catalog.catalog, 'CatalogPublished', {
        version,
        digest: `${catalog.catalog}-${version}`,
        content: { ...catalog },
      }),
    history: (id) => log.readStream({ category: 'ticket', id }),
    async said(ticketId) {
      const events = await self.history(ticketId);
      return events
        .filter(({ metadata: { actor } }) => actor === 'service:sla-timer')
        .map(({ type }) => type);
    },
    async count(type) {
      const { rows } = await pool.query<{ count: number }>(
        'select count(*)::int as count from log.events where type = $1',
        [type],
      );
      return rows[0]?.count ?? 0;
    },
    async drop() {
      for (const instance of instances) await instance.stop();
      await log.close();
      await database.drop();
    },
  };
  await self.publish(watchCatalog(), 1);
  return self;
}

/** The service's schema, as a start of that release migrates it. */
export async function migrateTimer(pool: pg.Pool, migrations = slaTimer.migrations): Promise<string[]> {
  const { schema } = slaTimer;
  return await migrate(pool, schema, [
    ...subscriptionMigrations(schema),
    ...directoryMigrations(schema),
    ...migrations,
  ]);
}

async function openDatabase(url: string) {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => {});
  return { url, pool, drop: () => pool.end() };
}

/** An instance with connections, a log and a clock of its own, as in a process of its own. */
export async function startInstance(url: string, options: InstanceOptions): Promise<Instance> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  const { notifications = true } = options;
  const own = createEventLog({ pool, connectionString: url, logger, notifications });
  const log = options.log?.(own) ?? own;
  const directory = createDirectory({ log: own, pool, schema: slaTimer.schema, logger });
  await directory.start();
  const measured = await startDatabaseClock(pool);
  const logIdentity = await startLogIdentity({ pool, logger });
  const metrics = new Registry();
  const service = createSlaTimer(
    {
      configuration: readConfiguration({}),
      address: 'http://127.0.0.1:8080',
      secrets: createSecrets('a secret of the tests, long enough'),
      clock: options.clock?.(measured) ?? measured,
      logger,
      pool,
      log,
      logIdentity,
      metrics,
      computations: createComputations({ metrics, logger }),
      directory,
      whenDefined: async (position) => void (await directory.whenProcessed(position, 5_000)),
    },
    options,
  );
  await service.start();
  return {
    metrics,
    async stop() {
      await service.stop();
      await directory.stop();
      measured.stop();
      logIdentity.stop();
      await own.close();
      await pool.end();
    },
  };
}

function opening(
  priority: string,
  coverage: Partial<TicketEventData<'TicketOpened'>['coverage']>,
): TicketEventData<'TicketOpened'> {
  return {
    reference: `T-${randomUUID().slice(0, 8)}`,
    customerId: null,
    candidateCustomerIds: [],
    contactId: null,
    coverage: {
      contractId: null,
      standing: 'active',
      plan: { catalog: 'watch', catalogVersion: 1, plan: 'full' },
      chargeable: false,
      ...coverage,
    },
    priority,
    channel: 'portal',
    subject: 'No dial tone',
    description: null,
    caller: null,
    email: null,
    call: null,
    refersToTicketId: null,
  };
}
