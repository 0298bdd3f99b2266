import type { Administration } from '@ringback/administration';
import { asTicketEvent } from '@ringback/domain/ticket';
import { isConnectionFault, type StoredEvent, type Upcasters, upcast } from '@ringback/event-log';
import { projectTicket } from '../projection/ticket-row.ts';
import { HistoryIncomplete } from './errors.ts';
import type { RebuiltTicket } from './read-models.ts';

/** A ticket whose events cannot be processed from one on: the positions of that and those behind it. */
export interface FailedTicket {
  streamId: string;
  positions: number[];
  error: string;
}

export interface FoldOptions {
  administration: Pick<Administration, 'catalog' | 'plansForTicket'>;
  upcasters: Upcasters;
  /** Stream → the position from which on its events are left out. */
  parked: ReadonlyMap<string, number>;
}

/**
 * Tickets from their events: those of a ticket may come in any order, among those of others and more than once, but
 * all of them must be there. What fails does so for its ticket only, from the first event that cannot be processed
 * on: as in the live projection. Throws `HistoryIncomplete`.
 */
export async function* foldHistories(
  events: readonly StoredEvent[],
  options: FoldOptions,
): AsyncGenerator<RebuiltTicket | FailedTicket> {
  for (const [streamId, stored] of Map.groupBy(events, (event) => event.streamId)) {
    const history = inOrder(streamId, stored);
    const parkedAt = options.parked.get(streamId);
    const free = parkedAt === undefined ? history : history.filter(({ position }) => position < parkedAt);
    if (free.length === 0) continue;
    try {
      yield await project(free, options);
    } catch (error) {
      if (isConnectionFault(error)) throw error;
      yield* projectUntilFailure(free, options);
    }
  }
}

/** Versions 1, 2, 3 …, each once. */
function inOrder(streamId: string, events: StoredEvent[]): StoredEvent[] {
  const isInOrder = events.every(({ version }, index) => version === index + 1);
  if (isInOrder) return events;
  const byVersion = new Map(events.map((event) => [event.version, event]));
  return Array.from({ length: Math.max(...byVersion.keys()) }, (_, index) => {
    const event = byVersion.get(index + 1);
    if (event === undefined) throw new HistoryIncomplete(streamId, index + 1);
    return event;
  });
}

/** What a table can hold as the id of a ticket. */
export const ticketId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function project(
  history: readonly StoredEvent[],
  { administration, upcasters }: FoldOptions,
): Promise<RebuiltTicket> {
  const [first] = history;
  if (first !== undefined && !ticketId.test(first.streamId))
    throw new Error(`"${first.streamId}" is no UUID`);
  const events = history.map((event) => asTicketEvent(upcast(event, upcasters)));
  return { events, projected: await projectTicket(events, administration) };
}

/** One event after the other, as the live projection tries a batch that failed. */
async function* projectUntilFailure(
  history: readonly StoredEvent[],
  options: FoldOptions,
): AsyncGenerator<RebuiltTicket | FailedTicket> {
  let whole: RebuiltTicket | null = null;
  for (const [index, { streamId }] of history.entries()) {
    try {
      whole = await project(history.slice(0, index + 1), options);
    } catch (error) {
      if (isConnectionFault(error)) throw error;
      if (whole !== null) yield whole;
      const positions = history.slice(index).map(({ position }) => position);
      yield { streamId, positions, error: error instanceof Error ? error.message : String(error) };
      return;
    }
  }
  if (whole !== null) yield whole;
}
