import type { TicketEvent } from '@ringback/domain/ticket';

export interface BreachRow {
  position: number;
  event_id: string;
  ticket_id: string;
  customer_id: string | null;
  kind: 'warning' | 'breach';
  objective: string;
  occurrence: number;
  threshold_at: string;
  missed_at: string;
  recorded_at: string;
}

/** The row of a warning or a breach; null for any other event. */
export function breachRow(event: TicketEvent, customerId: string | null): BreachRow | null {
  if (event.type !== 'SlaTargetMissed' && event.type !== 'SlaBreached') return null;
  const warning = event.type === 'SlaTargetMissed';
  return {
    position: event.position,
    event_id: event.id,
    ticket_id: event.ticketId,
    customer_id: customerId,
    kind: warning ? 'warning' : 'breach',
    objective: event.data.objective,
    occurrence: event.data.occurrence,
    threshold_at: event.type === 'SlaTargetMissed' ? event.data.targetAt : event.data.dueAt,
    missed_at: event.type === 'SlaTargetMissed' ? event.data.targetMissedAt : event.data.breachedAt,
    recorded_at: event.recordedAt,
  };
}
