import { laterOf } from '../../common/instants.ts';
import {
  type Coverage,
  type NewTicketEvent,
  newTicketEvent,
  type TicketEvent,
  type TicketEventData,
  type TicketEventType,
  ticketEventSchemas,
} from '../index.ts';

const ticketId = '0192f0c1-2345-7abc-8def-0123456789ab';

/** 2 March 2026 at `HH:MM`, UTC. */
export const at = (time: string) => `2026-03-02T${time}:00.000Z`;

export const coverage: Coverage = {
  contractId: 'corner-bakery-2026',
  standing: 'active',
  plan: { catalog: 'technical-support-centre', catalogVersion: 1, plan: 'office-hours' },
  chargeable: false,
};

export const opening: TicketEventData<'TicketOpened'> = {
  reference: 'RB-4820-1937',
  customerId: 'corner-bakery',
  candidateCustomerIds: [],
  contactId: null,
  coverage,
  priority: 'low',
  channel: 'portal',
  subject: 'No outgoing calls',
  description: null,
  caller: null,
  email: null,
  call: null,
  refersToTicketId: null,
};

/** An event with when it happened and, where that differs, when it was recorded. */
export function happened<T extends TicketEventType>(
  type: T,
  data: TicketEventData<T>,
  occurredAt: string,
  recordedAt: string = occurredAt,
): { event: NewTicketEvent; recordedAt: string } {
  return { event: newTicketEvent(type, data, occurredAt), recordedAt };
}

/** What the log would return: versions from 1, each event recorded no earlier than the one before. */
export function stream(...events: { event: NewTicketEvent; recordedAt: string }[]): TicketEvent[] {
  return events.reduce<TicketEvent[]>((history, { event, recordedAt }) => {
    const previous = history.at(-1)?.recordedAt ?? '';
    return record(history, [event], laterOf(recordedAt, previous));
  }, []);
}

/** Appends what a decision brought, as the log would. Refuses data that the event's schema refuses. */
export function record(history: TicketEvent[], events: NewTicketEvent[], recordedAt: string): TicketEvent[] {
  const appended = events.map((event, index) => {
    ticketEventSchemas[event.type].data.parse(event.data);
    const version = history.length + index + 1;
    return {
      ...event,
      id: `00000000-0000-4000-8000-${String(version).padStart(12, '0')}`,
      ticketId,
      version,
      position: version * 10,
      occurredAt: event.occurredAt ?? recordedAt,
      recordedAt,
    } as TicketEvent;
  });
  return [...history, ...appended];
}

export const opened = happened('TicketOpened', opening, at('09:00'));
