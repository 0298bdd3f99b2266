import { promises } from './promises.ts';
import type { Recorded } from './recorded.ts';

const people: ReadonlySet<string> = new Set(['TicketAcknowledged', 'AgentReplied', 'TicketResolved']);

/** One miss in words that two can be compared by: `SlaBreached response 1 at 2026-03-02T09:00:02.000Z`. */
const miss = (type: string, objective: string, occurrence: number, at: number) =>
  `${type} ${objective} ${occurrence} at ${new Date(at).toISOString()}`;

/**
 * What one ticket's history must hold of warnings and breaches once every deadline has passed, by the contract of the
 * load alone: each clock that nothing met in time is missed, every other is not.
 */
export function expectedMisses(history: Recorded[]): string[] {
  const opened = history.find(({ type }) => type === 'TicketOpened');
  if (opened === undefined) return [];
  const words = history.filter(({ type }) => type === 'AgentReplied' || type === 'TicketResolved');
  const misses: string[] = [];
  const check = (type: string, objective: string, occurrence: number, due: number, met: number) => {
    if (met > due) misses.push(miss(type, objective, occurrence, due));
  };

  const answered = history.find(({ type }) => people.has(type))?.at ?? Number.POSITIVE_INFINITY;
  check('SlaTargetMissed', 'response', 1, opened.at + promises.target, answered);
  check('SlaBreached', 'response', 1, opened.at + promises.response, answered);
  // Each word of the staff meets one occurrence and starts the next, until the ticket is resolved.
  for (const [index, start] of [opened, ...words].entries()) {
    if (start.type === 'TicketResolved') break;
    const met = words[index]?.at ?? Number.POSITIVE_INFINITY;
    check('SlaBreached', 'update', index + 1, start.at + promises.update, met);
  }
  return misses.sort();
}

/** The warnings, breaches and retractions that one ticket's history holds. */
export function recordedMisses(history: Recorded[]): string[] {
  return history
    .filter(({ type }) => type.startsWith('Sla'))
    .map(({ type, data }) => {
      const at = data.breachedAt ?? data.targetMissedAt ?? data.missedAt;
      return miss(type, String(data.objective), Number(data.occurrence), Date.parse(String(at)));
    })
    .sort();
}
