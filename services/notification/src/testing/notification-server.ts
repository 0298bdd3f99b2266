import type { AdministrationEventType } from '@ringback/domain/administration';
import { type NewTicketEvent, newTicketEvent } from '@ringback/domain/ticket';
import { type Running, runServices, type ServiceContext } from '@ringback/service-kit';
import { createHttpClient, createTestDatabase, type HttpClient, type TestDatabase } from '@ringback/test-kit';
import { notification } from '../index.ts';
import { createLogWriter, type LogWriter } from './log-writer.ts';

export interface NotificationServer extends Omit<LogWriter, 'define' | 'defineKey'> {
  client: HttpClient;
  database: TestDatabase;
  context: ServiceContext;
  /** Defines something of the administration, as intake would, and waits until the service knows it. */
  define(kind: string, id: string, type: AdministrationEventType, data: object): Promise<void>;
  stop(): Promise<void>;
}

const key = 'a-key-for-the-notification-tests';

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
  const { log, directory, secrets } = context;
  const writer = createLogWriter(log, secrets);
  const known = async (position: number) => {
    await directory.whenProcessed(position, 5_000);
  };
  await known(await writer.defineKey(key));
  return {
    ...writer,
    client: createHttpClient(running.url, key),
    database,
    context,
    define: async (...definition) => known(await writer.define(...definition)),
    async subscribe(data) {
      const subscription = await writer.subscribe(data);
      await known((await log.head()).position);
      return subscription;
    },
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
