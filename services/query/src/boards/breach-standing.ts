import type { Directory } from '@ringback/directory';
import { judge, toClockEvents } from '@ringback/domain/service-level';
import { asTicketEvent, foldTicket } from '@ringback/domain/ticket';
import type { EventLog } from '@ringback/event-log';

export interface RecordedMiss {
  ticketId: string;
  kind: 'breach' | 'warning';
  objective: string;
  occurrence: number;
  retractedAt: string | null;
}

/**
 * Whether each miss would have happened under its ticket's plan and calendars as they are now; null for one that was
 * taken back. Asked again each time: an amendment appends nothing to a ticket that has ended.
 */
export async function standingOf(
  misses: readonly RecordedMiss[],
  asOf: number,
  log: Pick<EventLog, 'readStreams'>,
  directory: Pick<Directory, 'plansForTicket'>,
): Promise<(boolean | null)[]> {
  const standing = misses.filter(({ retractedAt }) => retractedAt === null);
  const streams = await log.readStreams('ticket', [...new Set(standing.map(({ ticketId }) => ticketId))]);
  const judged = new Map<string, ReturnType<typeof judge>>();
  for (const [id, recorded] of streams) {
    const events = recorded.map(asTicketEvent);
    const ticket = foldTicket(events);
    if (ticket === null) continue;
    const plans = await directory.plansForTicket(ticket.coverage, ticket.openedAt);
    judged.set(id, judge({ plans, events: toClockEvents(events), asOf }));
  }
  return misses.map(({ ticketId, kind, objective, occurrence, retractedAt }) => {
    if (retractedAt !== null) return null;
    const clock = judged
      .get(ticketId)
      ?.find((each) => each.objective === objective && each.occurrence === occurrence);
    return (kind === 'breach' ? clock?.breachWouldStand : clock?.warningWouldStand) ?? true;
  });
}
