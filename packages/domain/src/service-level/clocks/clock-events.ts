import {
  eventTraits,
  type TicketEvent,
  type TypeWithoutClockData,
  type VerdictType,
} from '../../ticket/index.ts';
import { toMilliseconds } from '../instant-text.ts';
import type { ClockEvent } from '../types.ts';

/** A ticket's events as the clocks see them; what the timer recorded of the clocks themselves is left out. */
export function toClockEvents(events: readonly TicketEvent[]): ClockEvent[] {
  const seen: ClockEvent[] = [];
  for (const event of events) if (isEvidence(event)) seen.push(toClockEvent(event));
  return seen;
}

type Evidence = Exclude<TicketEvent, { type: VerdictType }>;

const isEvidence = (event: TicketEvent): event is Evidence => eventTraits[event.type].clocks.verdict === null;

function toClockEvent(event: Evidence): ClockEvent {
  const { id } = event;
  const at = toMilliseconds(event.occurredAt);
  switch (event.type) {
    case 'TicketOpened':
    case 'CustomerIdentified': {
      const { coverage, priority } = event.data;
      const covered = coverage.plan !== null && coverage.standing === 'active';
      return { id, type: event.type, at, priority, covered };
    }
    case 'PriorityChanged':
      return { id, type: event.type, at, priority: event.data.priority };
    case 'ClockHeld':
    case 'ClockReleased':
      return { id, type: event.type, at, reason: event.data.reason };
    case 'TurnaroundAgreed':
      return { id, type: event.type, at, dueAt: Date.parse(event.data.dueAt) };
    default: {
      const type: TypeWithoutClockData = event.type;
      return { id, type, at };
    }
  }
}
