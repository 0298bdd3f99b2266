import type { TicketEvent } from '../ticket/events.ts';
import { toMilliseconds } from './instant-text.ts';
import type { ClockEvent } from './types.ts';

/** A ticket's events as the clocks see them; what the clocks themselves brought about is left out. */
export function toClockEvents(events: readonly TicketEvent[]): ClockEvent[] {
  const seen: ClockEvent[] = [];
  for (const event of events) {
    const { id, type } = event;
    const at = toMilliseconds(event.occurredAt);
    switch (event.type) {
      case 'DeadlineReplanned':
      case 'SlaTargetMissed':
      case 'SlaBreached':
      case 'SlaBreachRetracted':
        break;
      case 'TicketOpened':
      case 'CustomerIdentified': {
        const { coverage, priority } = event.data;
        const covered = coverage.plan !== null && coverage.standing === 'active';
        seen.push({ id, type: event.type, at, priority, covered });
        break;
      }
      case 'PriorityChanged':
        seen.push({ id, type: event.type, at, priority: event.data.priority });
        break;
      case 'ClockHeld':
      case 'ClockReleased':
        seen.push({ id, type: event.type, at, reason: event.data.reason });
        break;
      case 'TurnaroundAgreed':
        seen.push({ id, type: event.type, at, dueAt: Date.parse(event.data.dueAt) });
        break;
      default:
        seen.push({ id, type, at });
    }
  }
  return seen;
}
