import type { Directory } from '@ringback/directory';
import { asTicketEvent } from '@ringback/domain/ticket';
import { isTransientFault, type StoredEvent, type Upcasters, upcast } from '@ringback/event-log';
import { projectTicket } from '../../projection/ticket-row.ts';
import { HistoryIncomplete } from '../errors.ts';
import type { RebuiltTicket } from '../writing/read-models.ts';

/** A ticket whose events cannot be processed from one on: the positions of that and those behind it. */
export interface FailedTicket {
  streamId: string;
  positions: number[];
  error: string;
}

export interface FoldOptions {
  directory: Pick<Directory, 'catalog' | 'plansForTicket'>;
  upcasters: Upcasters;
  /** Stream → the position from which on its events are left out. */
  parked: ReadonlyMap<string, number>;
}

export interface Folded {
  /** Null where no event of it is to be processed, or none can be. */
  ticket: RebuiltTicket | null;
  failed: FailedTicket | null;
}

/**
 * A ticket from its events: in any order and more than once, but all of them must be there. What fails does so for its
 * ticket only, from the first event that cannot be processed on: as in the live projection. Throws `HistoryIncomplete`.
 */
export async function foldHistory(stored: readonly StoredEvent[], options: FoldOptions): Promise<Folded> {
  const history = inOrder(stored);
  const parkedAt = options.parked.get(history[0]?.streamId ?? '');
  const free = parkedAt === undefined ? history : history.filter(({ position }) => position < parkedAt);
  if (free.length === 0) return { ticket: null, failed: null };
  try {
    return { ticket: await project(free, options), failed: null };
  } catch (error) {
    if (isTransientFault(error)) throw error;
    return await projectUntilFailure(free, options);
  }
}

/** Versions 1, 2, 3 …, each once. */
function inOrder(events: readonly StoredEvent[]): readonly StoredEvent[] {
  if (events.every(({ version }, index) => version === index + 1)) return events;
  const byVersion = new Map(events.map((event) => [event.version, event]));
  return Array.from({ length: Math.max(...byVersion.keys()) }, (_, index) => {
    const event = byVersion.get(index + 1);
    if (event === undefined) throw new HistoryIncomplete(events[0]?.streamId ?? '', index + 1);
    return event;
  });
}

/** What a table can hold as the id of a ticket. */
export const ticketId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

async function project(
  history: readonly StoredEvent[],
  { directory, upcasters }: FoldOptions,
): Promise<RebuiltTicket> {
  const [first] = history;
  if (first !== undefined && !ticketId.test(first.streamId))
    throw new Error(`"${first.streamId}" is not a UUID`);
  const events = history.map((event) => asTicketEvent(upcast(event, upcasters)));
  return { events, projected: await projectTicket(events, directory) };
}

/** One event after the other, as the live projection tries a batch that failed. */
async function projectUntilFailure(history: readonly StoredEvent[], options: FoldOptions): Promise<Folded> {
  let ticket: RebuiltTicket | null = null;
  for (const [index, { streamId }] of history.entries()) {
    try {
      ticket = await project(history.slice(0, index + 1), options);
    } catch (error) {
      if (isTransientFault(error)) throw error;
      const positions = history.slice(index).map(({ position }) => position);
      const text = error instanceof Error ? error.message : String(error);
      return { ticket, failed: { streamId, positions, error: text } };
    }
  }
  return { ticket, failed: null };
}
