import { createHash, randomUUID } from 'node:crypto';
import { type AdministrationEventType, administrationEventSchemas } from '@ringback/domain/administration';
import { type NewTicketEvent, newTicketEvent } from '@ringback/domain/ticket';
import type { EventLog } from '@ringback/event-log';
import type { Secrets } from '@ringback/service-kit';

/** Appends to the log what intake and the timer would. */
export interface LogWriter {
  /** Defines something of the administration; returns its position. */
  define(kind: string, id: string, type: AdministrationEventType, data: object): Promise<number>;
  /** An administrator's key. */
  defineKey(key: string): Promise<number>;
  subscribe(data: object): Promise<{ id: string; secret: string }>;
  openTicket(customerId?: string): Promise<string>;
  append(ticketId: string, event: NewTicketEvent): Promise<{ position: number }>;
}

const metadata = { actor: 'service:test' };

export function createLogWriter(log: EventLog, secrets: Secrets): LogWriter {
  const define: LogWriter['define'] = async (kind, id, type, data) => {
    const event = { type, v: administrationEventSchemas[type].v, data: data as { [field: string]: unknown } };
    const stream = { category: 'administration' as const, id: `${kind}:${id}` };
    const { position } = await log.append({
      appends: [{ stream, expected: 'any', events: [event] }],
      metadata,
    });
    return position;
  };
  return {
    define,
    defineKey: (key) =>
      define('api-key', 'test', 'ApiKeyCreated', {
        name: 'Test',
        hash: createHash('sha256').update(key).digest('hex'),
        scopes: ['administration'],
        customerId: null,
        expiresAt: null,
      }),
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
  };
}
