import { asTicketEvent, type NewTicketEvent, type TicketEvent } from '@ringback/domain/ticket';
import {
  type AppendOutcome,
  type EventLog,
  isTransientFault,
  type RecordedEvent,
  VersionConflict,
} from '@ringback/event-log';
import { type Due, type Fired, lastWholeMillisecond, type TimerClock } from '@ringback/schedule';
import {
  type Assessment,
  assess,
  decideHistory,
  latestInstant,
  type Plans,
  type Verdict,
} from '../deadlines/service-levels.ts';

export interface FireOptions {
  log: EventLog;
  plans: Plans;
  clock: TimerClock;
  /** Resolves when the plans in force are known up to now. */
  plansAreKnown(): Promise<void>;
  /**
   * What was appended to a ticket, and what is to be kept of it afterwards. `knownSince`: when the latest event was
   * recorded that is dated back, epoch milliseconds; -Infinity where there is none.
   */
  onFired(events: NewTicketEvent[], outcome: AppendOutcome, assessment: Assessment, knownSince: number): void;
  onConflict(): void;
}

export interface Decided extends Required<Fired> {
  /** Had nothing to say; what is kept of them may be out of date. */
  silent: Assessment[];
}

const metadata = { actor: 'service:sla-timer' };
const maximumTries = 10;

/**
 * Decides the tickets of these deadlines, each against its whole history and by the database's own clock, and appends
 * what that says, expecting the version that was read: a conflict means that something happened meanwhile, so it is
 * decided again. Nothing else is ever appended, and so it does no harm to be here too early, twice, or long after
 * somebody else was. Rejects when the database cannot be reached.
 */
export async function fire(dues: Due[], options: FireOptions): Promise<Decided> {
  const result: Decided = { silent: [], again: [], failed: [] };
  let pending = earliestByTicket(dues);
  for (let attempt = 0; pending.size > 0; attempt += 1) {
    const [histories, instant] = await Promise.all([
      readHistories(options.log, [...pending.keys()]),
      options.clock.ask(),
      options.plansAreKnown(),
    ]);
    const limit = lastWholeMillisecond(instant);
    const conflicts = new Map<string, Due>();
    const decisions = await Promise.all(
      [...pending].map(async ([ticketId, due]) => {
        try {
          const history = histories.get(ticketId);
          if (!Array.isArray(history)) throw history ?? new Error('the ticket has a deadline and no stream');
          const events = history.map(asTicketEvent);
          return { due, events, verdict: await decideHistory(events, limit, options.plans) };
        } catch (error) {
          if (isTransientFault(error)) throw error;
          result.failed.push({ due, error });
          return null;
        }
      }),
    );
    // Appended once all are decided: the order of the deadlines becomes the order in the log.
    await Promise.all(
      decisions.map(async (decision) => {
        if (decision === null) return;
        try {
          if (!(await settle(decision, limit, result, options)))
            conflicts.set(decision.due.key, decision.due);
        } catch (error) {
          if (isTransientFault(error)) throw error;
          result.failed.push({ due: decision.due, error });
        }
      }),
    );
    if (attempt === maximumTries) {
      // Somebody writes without pause; its turn comes again, after the others'.
      for (const due of conflicts.values()) result.again.push({ due, at: due.dueAt });
      return result;
    }
    pending = conflicts;
  }
  return result;
}

interface Decision {
  due: Due;
  events: TicketEvent[];
  verdict: Verdict;
}

/** False when the ticket had changed before the append. */
async function settle(
  { due, events, verdict }: Decision,
  limit: number,
  result: Decided,
  options: FireOptions,
): Promise<boolean> {
  const { log, plans } = options;
  const { ticketId: id, version } = events[events.length - 1] as TicketEvent;
  const { decided, openQuestionAt, asOf } = verdict;
  const isEarly = decided.length === 0 && due.dueAt > limit;
  if (openQuestionAt !== null || isEarly) result.again.push({ due, at: openQuestionAt ?? due.dueAt });
  if (decided.length === 0) {
    if (openQuestionAt === null && !isEarly) result.silent.push(await assess(events, asOf, plans));
    return true;
  }
  try {
    const append = { stream: { category: 'ticket' as const, id }, expected: version, events: decided };
    const outcome = await log.append({ appends: [append], metadata });
    const history = [...events, ...outcome.events.map(asTicketEvent)];
    const assessment = await assess(history, latestInstant(history), plans);
    options.onFired(decided, outcome, assessment, latestDatedBack(events));
    return true;
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
    options.onConflict();
    return false;
  }
}

/** More than this between an event and its record, milliseconds, is evidence of the past. */
const datedBackAfter = 1_000;

function latestDatedBack(events: readonly TicketEvent[]): number {
  return events.reduce((latest, { occurredAt, recordedAt }) => {
    const recorded = Date.parse(recordedAt);
    return recorded - Date.parse(occurredAt) > datedBackAfter ? Math.max(latest, recorded) : latest;
  }, Number.NEGATIVE_INFINITY);
}

function earliestByTicket(dues: Due[]): Map<string, Due> {
  const earliest = new Map<string, Due>();
  for (const due of dues) {
    const other = earliest.get(due.key);
    if (other === undefined || due.dueAt < other.dueAt) earliest.set(due.key, due);
  }
  return earliest;
}

/** In one query; where an event of one ticket cannot be read, singly, so that it costs no one else anything. */
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
