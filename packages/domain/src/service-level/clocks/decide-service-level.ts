import {
  eventTraits,
  movesClocks,
  type NewTicketEvent,
  newTicketEvent,
  type TicketEvent,
} from '../../ticket/index.ts';
import { toInstant } from '../instant-text.ts';
import type { Clock, EpochMilliseconds, PlanInForce } from '../types.ts';
import { toClockEvents } from './clock-events.ts';
import { evaluate } from './evaluate.ts';

export interface ServiceLevelQuestion {
  plans: PlanInForce[];
  /** The ticket's whole history, with what was recorded of its clocks. */
  events: readonly TicketEvent[];
  /** By the database's clock. */
  now: EpochMilliseconds;
}

/**
 * What the history calls for at `now` that is not recorded yet: warnings, breaches, retractions of breaches that the
 * history no longer contains, and deadlines that amendments moved. Asking again after recording it gives nothing, so
 * it may be asked at any time, by anyone, as often as they like.
 *
 * For each occurrence of an objective there is one warning at most, ever, and one breach at most that stands. A breach
 * whose instant the history moved is taken back and follows anew: whoever was told must hear the right instant.
 */
export function decideServiceLevel({ plans, events, now }: ServiceLevelQuestion): NewTicketEvent[] {
  const recorded = readRecorded(events);
  const { clocks, replannings } = evaluate({ plans, events: toClockEvents(events), asOf: now });
  const decided: { at: EpochMilliseconds; event: NewTicketEvent }[] = [];
  for (const { objective, occurrence, at, before, after, notStanding, cause } of replannings) {
    if (recorded.replanned.has(`${objective}/${occurrence}/${cause.position}`)) continue;
    const data = {
      objective,
      occurrence,
      before: instants(before),
      after: instants(after),
      ...(notStanding.length === 0 ? {} : { notStanding }),
      cause,
    };
    decided.push({ at, event: newTicketEvent('DeadlineReplanned', data) });
  }
  const standing = new Map<string, Clock>();
  for (const clock of clocks) if (clock.breachedAt !== null) standing.set(keyOf(clock), clock);
  for (const [key, breach] of recorded.breaches) {
    if (standing.get(key)?.breachedAt === Date.parse(breach.breachedAt)) continue;
    recorded.breaches.delete(key);
    const causeEventId = recorded.latestEvidence;
    decided.push({ at: now, event: newTicketEvent('SlaBreachRetracted', { ...breach, causeEventId }) });
  }
  for (const clock of clocks) {
    const { objective, occurrence, targetAt, targetMissedAt, dueAt, breachedAt } = clock;
    const key = keyOf(clock);
    if (targetAt !== null && targetMissedAt !== null && !recorded.warnings.has(key)) {
      const data = {
        objective,
        occurrence,
        targetAt: toInstant(targetAt),
        targetMissedAt: toInstant(targetMissedAt),
      };
      decided.push({
        at: targetMissedAt,
        event: newTicketEvent('SlaTargetMissed', data, toInstant(targetMissedAt)),
      });
    }
    if (dueAt !== null && breachedAt !== null && !recorded.breaches.has(key)) {
      const data = { objective, occurrence, dueAt: toInstant(dueAt), breachedAt: toInstant(breachedAt) };
      decided.push({ at: breachedAt, event: newTicketEvent('SlaBreached', data, toInstant(breachedAt)) });
    }
  }
  // Retractions first: no one should hear of a breach before the one it replaces is taken back.
  const rank = ({ event }: { event: NewTicketEvent }) => (event.type === 'SlaBreachRetracted' ? 0 : 1);
  return decided.sort((a, b) => rank(a) - rank(b) || a.at - b.at).map(({ event }) => event);
}

interface RecordedBreach {
  objective: Clock['objective'];
  occurrence: number;
  dueAt: string;
  breachedAt: string;
}

function readRecorded(events: readonly TicketEvent[]) {
  const warnings = new Set<string>();
  const breaches = new Map<string, RecordedBreach>();
  const replanned = new Set<string>();
  let latestEvidence: string | null = null;
  for (const event of events) {
    if (event.type === 'SlaTargetMissed') warnings.add(keyOf(event.data));
    else if (event.type === 'SlaBreached') breaches.set(keyOf(event.data), { ...event.data });
    else if (event.type === 'SlaBreachRetracted') breaches.delete(keyOf(event.data));
    else if (event.type === 'DeadlineReplanned')
      replanned.add(`${keyOf(event.data)}/${event.data.cause.position}`);
    else if (event.occurredAt < event.recordedAt && movesClocks(eventTraits[event.type]))
      latestEvidence = event.id;
  }
  return { warnings, breaches, replanned, latestEvidence };
}

const keyOf = ({ objective, occurrence }: { objective: string; occurrence: number }) =>
  `${objective}/${occurrence}`;

function instants({
  targetAt,
  dueAt,
}: {
  targetAt: EpochMilliseconds | null;
  dueAt: EpochMilliseconds | null;
}) {
  return {
    targetAt: targetAt === null ? null : toInstant(targetAt),
    dueAt: dueAt === null ? null : toInstant(dueAt),
  };
}
