import { asTicketEvent, type NewTicketEvent, type TicketEvent } from '@ringback/domain/ticket';
import {
  type AppendOutcome,
  type EventLog,
  isTransientFault,
  type RecordedEvent,
  VersionConflict,
} from '@ringback/event-log';
import type { Due } from './deadline-store.ts';
import { type Assessment, assess, decide, latestInstant, type Plans } from './service-levels.ts';
import { lastWholeMillisecond, type TimerClock } from './timer-clock.ts';

export interface FireOptions {
  log: EventLog;
  plans: Plans;
  clock: TimerClock;
  /** Resolves when the plans in force are known up to now. */
  plansAreKnown(): Promise<void>;
  /** What was appended to a ticket, and what is to be kept of it afterwards. */
  onFired(events: NewTicketEvent[], outcome: AppendOutcome, assessment: Assessment): void;
  onConflict(): void;
  /** A ticket that cannot be decided; the others are not touched by it. */
  onFailed(ticketId: string, error: unknown): void;
}

export interface Firing {
  /** Had nothing to say; what is kept of them may be out of date. */
  silent: Assessment[];
  /** To be decided again at these instants. */
  again: Due[];
}

const metadata = { actor: 'service:sla-timer' };
const maximumTries = 10;

/**
 * Decides the tickets of these deadlines, each against its whole history and by the database's own clock, and appends
 * what that says, expecting the version that was read: a conflict means that something happened meanwhile, so it is
 * decided again. Nothing else is ever appended, and so it does no harm to be here too early, twice, or long after
 * somebody else was. Rejects when the database cannot be reached.
 */
export async function fire(dues: Due[], options: FireOptions): Promise<Firing> {
  const firing: Firing = { silent: [], again: [] };
  let pending = earliestByTicket(dues);
  for (let attempt = 0; pending.size > 0; attempt += 1) {
    const [histories, instant] = await Promise.all([
      readHistories(options.log, [...pending.keys()]),
      options.clock.ask(),
      options.plansAreKnown(),
    ]);
    const limit = lastWholeMillisecond(instant);
    const conflicts = new Map<string, number>();
    // In the order of the deadlines, which becomes the order in the log.
    await Promise.all(
      [...pending].map(async ([ticketId, dueAt]) => {
        const history = histories.get(ticketId);
        try {
          if (!Array.isArray(history)) throw history ?? new Error('the ticket has a deadline and no stream');
          const isSettled = await settle(history.map(asTicketEvent), dueAt, limit, firing, options);
          if (!isSettled) conflicts.set(ticketId, dueAt);
        } catch (error) {
          if (isTransientFault(error)) throw error;
          options.onFailed(ticketId, error);
        }
      }),
    );
    if (attempt === maximumTries) {
      // Somebody writes without pause; its turn comes again, after the others'.
      for (const [ticketId, dueAt] of conflicts) firing.again.push({ ticketId, dueAt });
      return firing;
    }
    pending = conflicts;
  }
  return firing;
}

/** False when the ticket had changed before the append. */
async function settle(
  events: TicketEvent[],
  dueAt: number,
  limit: number,
  firing: Firing,
  options: FireOptions,
): Promise<boolean> {
  const { log, plans } = options;
  const { ticketId: id, version } = events[events.length - 1] as TicketEvent;
  const { decided, openQuestionAt, asOf } = await decide(events, limit, plans);
  const isEarly = decided.length === 0 && dueAt > limit;
  if (openQuestionAt !== null || isEarly) firing.again.push({ ticketId: id, dueAt: openQuestionAt ?? dueAt });
  if (decided.length === 0) {
    if (openQuestionAt === null && !isEarly) firing.silent.push(await assess(events, asOf, plans));
    return true;
  }
  try {
    const append = { stream: { category: 'ticket' as const, id }, expected: version, events: decided };
    const outcome = await log.append({ appends: [append], metadata });
    const history = [...events, ...asRecorded(decided, id, version, outcome)];
    options.onFired(decided, outcome, await assess(history, latestInstant(history), plans));
    return true;
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    options.onConflict();
    return false;
  }
}

/** What was appended, as the log will hand it back. */
function asRecorded(
  decided: NewTicketEvent[],
  ticketId: string,
  version: number,
  { position, recordedAt }: AppendOutcome,
): TicketEvent[] {
  return decided.map((event, index) => {
    const occurredAt = event.occurredAt ?? recordedAt;
    const place = { version: version + index + 1, position: position - decided.length + index + 1 };
    return { ...event, ...place, id: '', ticketId, occurredAt, recordedAt };
  });
}

function earliestByTicket(dues: Due[]): Map<string, number> {
  const earliest = new Map<string, number>();
  for (const { ticketId, dueAt } of dues) {
    earliest.set(ticketId, Math.min(dueAt, earliest.get(ticketId) ?? dueAt));
  }
  return earliest;
}

/** In one query; where an event of one ticket cannot be read, singly, so that it costs nobody else anything. */
async function readHistories(log: EventLog, ids: string[]): Promise<Map<string, RecordedEvent[] | Error>> {
  try {
    return await log.readStreams('ticket', ids);
  } catch (error) {
    if (isTransientFault(error)) throw error;
  }
  const histories = new Map<string, RecordedEvent[] | Error>();
  for (const id of ids) {
    try {
      const events = await log.readStream({ category: 'ticket', id });
      if (events.length > 0) histories.set(id, events);
    } catch (error) {
      if (isTransientFault(error)) throw error;
      histories.set(id, error instanceof Error ? error : new Error(String(error)));
    }
  }
  return histories;
}
