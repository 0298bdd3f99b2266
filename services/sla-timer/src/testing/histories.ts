import { randomUUID } from 'node:crypto';
import { compilePlan, type PlanInForce } from '@ringback/domain/service-level';
import type { TicketEvent, TicketEventData, TicketEventType } from '@ringback/domain/ticket';
import type { Plans } from '../deadlines/service-levels.ts';
import { watchCatalog } from './watch-catalog.ts';

/** 2026-03-02T09:00:00Z: when the tickets of these histories are opened. */
export const opened = Date.UTC(2026, 2, 2, 9);

export interface Happening<T extends TicketEventType = TicketEventType> {
  type: T;
  data: TicketEventData<T>;
  /** Milliseconds after the opening at which it was recorded. */
  after: number;
  /** Milliseconds after the opening at which it happened; as it was recorded when absent. */
  happened?: number;
}

export function happening<T extends TicketEventType>(
  type: T,
  data: TicketEventData<T>,
  after: number,
  happened = after,
): Happening {
  return { type, data, after, happened } as Happening;
}

/** A ticket of plan `full`, opened with a priority, and what happened then. */
export function historyOf(priority: string, ...happenings: Happening[]): TicketEvent[] {
  const ticketId = randomUUID();
  const coverage = {
    contractId: null,
    standing: 'active' as const,
    plan: { catalog: 'watch', catalogVersion: 1, plan: 'full' },
    chargeable: false,
  };
  const opening = happening(
    'TicketOpened',
    {
      reference: 'T-1',
      customerId: null,
      candidateCustomerIds: [],
      contactId: null,
      coverage,
      priority,
      channel: 'phone',
      subject: 'No dial tone',
      description: null,
      caller: null,
      email: null,
      call: null,
      refersToTicketId: null,
    },
    0,
  );
  return [opening, ...happenings].map(
    ({ type, data, after, happened = after }, index) =>
      ({
        type,
        data,
        v: 1,
        id: randomUUID(),
        ticketId,
        version: index + 1,
        position: index + 1,
        occurredAt: new Date(opened + happened).toISOString(),
        recordedAt: new Date(opened + after).toISOString(),
      }) as TicketEvent,
  );
}

const inForce: PlanInForce[] = [
  { from: Number.NEGATIVE_INFINITY, plan: compilePlan(watchCatalog(), 'full'), cause: null },
];

/** The plan `full` of the catalog `watch`, never amended. */
export const watchPlans: Plans = { plansForTicket: async () => inForce };
