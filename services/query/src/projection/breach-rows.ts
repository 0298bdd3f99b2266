import type { TicketEvent } from '@ringback/domain/ticket';

/** A row of `query.breaches`; instants are epoch milliseconds. */
export interface BreachRow {
  position: number;
  event_id: string;
  ticket_id: string;
  customer_id: string | null;
  kind: 'warning' | 'breach';
  objective: string;
  occurrence: number;
  threshold_at: number;
  missed_at: number;
  recorded_at: number;
  retracted_at: number | null;
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
    threshold_at: Date.parse(event.type === 'SlaTargetMissed' ? event.data.targetAt : event.data.dueAt),
    missed_at: Date.parse(
      event.type === 'SlaTargetMissed' ? event.data.targetMissedAt : event.data.breachedAt,
    ),
    recorded_at: Date.parse(event.recordedAt),
    retracted_at: null,
  };
}

/** What a retraction takes back: the breaches of this occurrence at this instant that were recorded before it. */
export interface Retraction {
  ticket_id: string;
  objective: string;
  occurrence: number;
  missed_at: string;
  retracted_at: string;
  position: number;
}

/** What is taken back by a retraction; null for any other event. */
export function retraction(event: TicketEvent): Retraction | null {
  if (event.type !== 'SlaBreachRetracted') return null;
  return {
    ticket_id: event.ticketId,
    objective: event.data.objective,
    occurrence: event.data.occurrence,
    missed_at: event.data.breachedAt,
    retracted_at: event.recordedAt,
    position: event.position,
  };
}

/** All of a ticket's warnings and breaches, from its whole history, as they stand after it. */
export function breachRows(events: readonly TicketEvent[], customerId: string | null): BreachRow[] {
  const rows: BreachRow[] = [];
  for (const event of events) {
    const row = breachRow(event, customerId);
    if (row !== null) rows.push(row);
    const back = retraction(event);
    if (back === null) continue;
    for (const earlier of rows) {
      const isSame =
        earlier.kind === 'breach' &&
        earlier.objective === back.objective &&
        earlier.occurrence === back.occurrence &&
        earlier.missed_at === Date.parse(back.missed_at);
      if (isSame) earlier.retracted_at ??= Date.parse(back.retracted_at);
    }
  }
  return rows;
}
