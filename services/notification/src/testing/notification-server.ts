import { createHash, randomUUID } from 'node:crypto';
import { type AdministrationEventType, administrationEventSchemas } from '@ringback/domain/administration';
import { type NewTicketEvent, newTicketEvent } from '@ringback/domain/ticket';
import { type Running, runServices, type ServiceContext } from '@ringback/service-kit';
import { createHttpClient, createTestDatabase, type HttpClient, type TestDatabase } from '@ringback/test-kit';
import { notification } from '../index.ts';

export interface NotificationServer {
  client: HttpClient;
  database: TestDatabase;
  context: ServiceContext;
  /** Defines something of the administration, as intake would. */
  define(kind: string, id: string, type: AdministrationEventType, data: object): Promise<void>;
  subscribe(data: object): Promise<{ id: string; secret: string }>;
  openTicket(customerId?: string): Promise<string>;
  append(ticketId: string, event: NewTicketEvent): Promise<{ position: number }>;
  stop(): Promise<void>;
}

const key = 'a-key-for-the-notification-tests';
const metadata = { actor: 'service:test' };

/** The notification service on a database of its own; what it hears of is appended to the log directly. */
export async function startNotification(
  environment: Record<string, string> = {},
): Promise<NotificationServer> {
  const database = await createTestDatabase();
  const running: Running = await runServices([notification], {
    name: 'notification',
    environment: {
      DATABASE_URL: database.url,
      PORT: '0',
      LOG_LEVEL: 'silent',
      ALLOW_PRIVATE_WEBHOOKS: 'true',
      ...environment,
    },
  });
  const context = running.contexts.get('notification') as ServiceContext;
  const { log, administration, secrets } = context;
  const define: NotificationServer['define'] = async (kind, id, type, data) => {
    const event = { type, v: administrationEventSchemas[type].v, data: data as { [field: string]: unknown } };
    const stream = { category: 'administration' as const, id: `${kind}:${id}` };
    const { position } = await log.append({
      appends: [{ stream, expected: 'any', events: [event] }],
      metadata,
    });
    await administration.whenProcessed(position, 5_000);
  };
  const hash = createHash('sha256').update(key).digest('hex');
  await define('api-key', 'test', 'ApiKeyCreated', {
    name: 'Test',
    hash,
    scopes: ['administration'],
    customerId: null,
    expiresAt: null,
  });
  return {
    client: createHttpClient(running.url, key),
    database,
    context,
    define,
    async subscribe(data) {
      const id = randomUUID();
      const secret = `whsec_${Buffer.from(randomUUID()).toString('base64')}`;
      const defaults = {
        channel: 'webhook',
        name: 'Test',
        url: null,
        email: null,
        eventTypes: [],
        customerId: null,
        enabled: true,
      };
      await define('subscription', id, 'SubscriptionDefined', {
        ...defaults,
        secret: secrets.seal(secret),
        ...data,
      });
      return { id, secret };
    },
    async openTicket(customerId = 'bakery') {
      const id = randomUUID();
      const opened = newTicketEvent('TicketOpened', {
        reference: `RB-${id.slice(0, 8)}`,
        customerId,
        candidateCustomerIds: [],
        contactId: null,
        coverage: { contractId: null, standing: 'none', plan: null, chargeable: true },
        priority: 'urgent',
        channel: 'phone',
        subject: 'No dial tone',
        description: null,
        caller: null,
        email: null,
        call: null,
        refersToTicketId: null,
      });
      await log.append({
        appends: [{ stream: { category: 'ticket', id }, expected: 'none', events: [opened] }],
        metadata,
      });
      return id;
    },
    append: async (id, event) =>
      await log.append({
        appends: [{ stream: { category: 'ticket', id }, expected: 'any', events: [event] }],
        metadata,
      }),
    async stop() {
      await running.stop();
      await database.drop();
    },
  };
}

const at = '2026-03-02T09:00:00.000Z';
export const warning = (): NewTicketEvent =>
  newTicketEvent('SlaTargetMissed', {
    objective: 'response',
    occurrence: 1,
    targetAt: at,
    targetMissedAt: at,
  });
export const breach = (occurrence = 1): NewTicketEvent =>
  newTicketEvent('SlaBreached', { objective: 'response', occurrence, dueAt: at, breachedAt: at });
export const retraction = (occurrence = 1): NewTicketEvent =>
  newTicketEvent('SlaBreachRetracted', {
    objective: 'response',
    occurrence,
    dueAt: at,
    breachedAt: at,
    causeEventId: null,
  });
/** The plan was amended at `position`; these thresholds would not have been missed under it. */
export const replanning = (position: number, ...notStanding: ('target' | 'max')[]): NewTicketEvent =>
  newTicketEvent('DeadlineReplanned', {
    objective: 'response',
    occurrence: 1,
    before: { targetAt: null, dueAt: at },
    after: { targetAt: null, dueAt: '2026-03-03T09:00:00.000Z' },
    ...(notStanding.length === 0 ? {} : { notStanding }),
    cause: { kind: 'calendar-exception', id: 'cat-levels/working/2026-03-02', position },
  });
