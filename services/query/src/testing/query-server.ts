import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  type AdministrationEventType,
  administrationEventSchemas,
  type Scope,
} from '@ringback/domain/administration';
import { parseCatalog } from '@ringback/domain/catalog';
import { catalogProblems } from '@ringback/domain/service-level';
import { type Coverage, formatReference, type NewTicketEvent, newTicketEvent } from '@ringback/domain/ticket';
import { type Running, runServices, type ServiceContext } from '@ringback/service-kit';
import { createHttpClient, createTestDatabase, type HttpClient, type TestDatabase } from '@ringback/test-kit';
import type { FeedOptions } from '../feed/feed-options.ts';
import { query } from '../index.ts';
import { createQuery } from '../service.ts';

export interface QueryServer {
  url: string;
  key: string;
  /** A customer's own key. */
  portal(customerId: string): HttpClient;
  client: HttpClient;
  database: TestDatabase;
  context: ServiceContext;
  app: Running['app'];
  open(ticket: {
    customerId: string | null;
    candidateCustomerIds?: string[];
    plan?: string;
    catalogVersion?: number;
    /** Of the contract at the opening. Default: active. */
    standing?: Coverage['standing'];
    priority?: string;
    subject?: string;
    description?: string;
    at?: string;
  }): Promise<string>;
  append(id: string, ...events: NewTicketEvent[]): Promise<void>;
  /** Makes a key of this text and returns its id. Default: staff's, for reading tickets. */
  defineKey(text: string, rights?: KeyRights): Promise<string>;
  /** Publishes a shipped catalog in a version, as it is. */
  publish(catalog: string, version: number): Promise<void>;
  /** Appends to the administration, as intake would. */
  define(kind: string, id: string, type: AdministrationEventType, data: object): Promise<void>;
  halt(): Promise<void>;
  resume(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

interface KeyRights {
  scopes?: Scope[];
  customerId?: string | null;
  expiresAt?: string | null;
}

const metadata = { actor: 'service:test' };
const key = 'a-key-for-the-query-tests';
const catalogs = ['cat-levels', 'set-rate-contract'];

/** The query service on a database of its own; what it answers for is appended to the log directly. */
export async function startQuery(
  more: Record<string, string> = {},
  feedOptions: Partial<FeedOptions> = {},
  databaseOptions: { locale?: string } = {},
): Promise<QueryServer> {
  const database = await createTestDatabase(databaseOptions);
  const service = { ...query, create: (given: ServiceContext) => createQuery(given, feedOptions) };
  const run = () =>
    runServices([service], {
      name: 'query',
      environment: { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent', ...more },
    });
  let running = await run();
  let counter = 0;
  const context = () => running.contexts.get('query') as ServiceContext;
  const define = async (kind: string, id: string, type: AdministrationEventType, data: object) => {
    const event = { type, v: administrationEventSchemas[type].v, data: data as { [field: string]: unknown } };
    const stream = { category: 'administration' as const, id: `${kind}:${id}` };
    await context().log.append({ appends: [{ stream, expected: 'any', events: [event] }], metadata });
  };
  const defineKey = async (text: string, rights: KeyRights = {}) => {
    const { scopes = ['tickets:read'], customerId = null, expiresAt = null } = rights;
    const id = randomUUID();
    const hash = createHash('sha256').update(text).digest('hex');
    await define('api-key', id, 'ApiKeyCreated', { name: 'Test', hash, scopes, customerId, expiresAt });
    return id;
  };
  await defineKey(key, { scopes: ['administration'] });
  for (const customerId of ['bakery', 'dentist'])
    await defineKey(`portal-key-of-the-${customerId}`, { customerId });
  const publish = async (name: string, version: number) => {
    const text = readFileSync(new URL(`../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8');
    await define('catalog', name, 'CatalogPublished', {
      version,
      digest: name,
      content: parseCatalog(text, catalogProblems),
    });
  };
  for (const name of catalogs) await publish(name, 1);
  return {
    get url() {
      return running.url;
    },
    key,
    portal: (customerId) => createHttpClient(running.url, `portal-key-of-the-${customerId}`),
    get client() {
      return createHttpClient(running.url, key);
    },
    database,
    define,
    defineKey,
    get app() {
      return running.app;
    },
    get context() {
      return context();
    },
    async open({
      customerId,
      candidateCustomerIds = [],
      plan,
      catalogVersion = 1,
      standing = 'active',
      priority = 'normal',
      subject = 'No dial tone',
      description,
      at,
    }) {
      const id = randomUUID();
      counter += 1;
      const [catalog = '', name = ''] = plan?.split('/') ?? [];
      const coverage: Coverage =
        plan === undefined
          ? { contractId: null, standing: 'none', plan: null, chargeable: true }
          : {
              contractId: `${customerId}-1`,
              standing,
              plan: { catalog, catalogVersion, plan: name },
              chargeable: standing !== 'active',
            };
      const facts = {
        customerId,
        candidateCustomerIds,
        contactId: null,
        coverage,
        priority,
        channel: 'portal' as const,
        subject,
      };
      const rest = {
        description: description ?? null,
        caller: null,
        email: null,
        call: null,
        refersToTicketId: null,
      };
      const opened = newTicketEvent(
        'TicketOpened',
        { reference: formatReference(counter), ...facts, ...rest },
        at ?? null,
      );
      await context().log.append({
        appends: [{ stream: { category: 'ticket', id }, expected: 'none', events: [opened] }],
        metadata,
      });
      return id;
    },
    async append(id, ...events) {
      await context().log.append({
        appends: [{ stream: { category: 'ticket', id }, expected: 'any', events }],
        metadata,
      });
    },
    halt: () => running.stop(),
    async resume() {
      running = await run();
    },
    publish,
    async restart() {
      await running.stop();
      running = await run();
    },
    async stop() {
      await running.stop();
      await database.drop();
    },
  };
}
