import type { Administration } from '@ringback/administration';
import { asTicketEvent, type NewTicketEvent, type TicketEvent } from '@ringback/domain/ticket';
import { type AppendOutcome, type EventLog, VersionConflict } from '@ringback/event-log';
import { decideAt } from './service-levels.ts';

export interface FireOptions {
  log: EventLog;
  administration: Administration;
  /** Epoch milliseconds by the database's clock. */
  now(): number;
  /** What was appended, for lateness and counts. */
  onFired(events: NewTicketEvent[], outcome: AppendOutcome): void;
  onConflict(): void;
}

export interface Firing {
  /** Tickets that had nothing to say: what is kept of them may be out of date. */
  silent: string[];
}

const metadata = { actor: 'service:sla-timer' };
const maximumTries = 20;

/**
 * Decides each ticket against its whole history at this instant and appends what that says, expecting the version that
 * was read: a conflict means that something happened meanwhile, so it is decided again. Nothing else is ever appended.
 */
export async function fireTickets(ticketIds: string[], options: FireOptions): Promise<Firing> {
  let pending = [...new Set(ticketIds)];
  const silent: string[] = [];
  for (let attempt = 0; pending.length > 0; attempt += 1) {
    if (attempt === maximumTries)
      throw new Error(`${pending.length} tickets changed again and again while deciding`);
    const histories = await options.log.readStreams('ticket', pending);
    const conflicts: string[] = [];
    await Promise.all(
      [...histories].map(async ([id, recorded]) => {
        const events = recorded.map(asTicketEvent);
        const outcome = await decideAndAppend(id, events, options);
        if (outcome === 'conflict') conflicts.push(id);
        else if (outcome === 'silent') silent.push(id);
      }),
    );
    pending = conflicts;
  }
  return { silent };
}

async function decideAndAppend(
  id: string,
  events: TicketEvent[],
  { log, administration, now, onFired, onConflict }: FireOptions,
): Promise<'appended' | 'conflict' | 'silent'> {
  const decided = await decideAt(events, now(), administration);
  if (decided.length === 0) return 'silent';
  try {
    const expected = events[events.length - 1]?.version ?? 0;
    const append = { stream: { category: 'ticket' as const, id }, expected, events: decided };
    onFired(decided, await log.append({ appends: [append], metadata }));
    return 'appended';
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    onConflict();
    return 'conflict';
  }
}
