import { checkCalendar, checkEntries } from './calendar.ts';
import { checkCauses, checkHolds } from './causes.ts';
import type { Documents } from './documents.ts';
import { readLedger } from './entry.ts';
import { readHistory } from './history.ts';
import { checkDeadline, checkEnd, checkOrder, checkSums } from './sums.ts';

/**
 * The faults of an exported ledger, each a sentence; none when the ledger follows from the events and the calendar.
 * It knows the published rules alone and imports nothing of what made the ledger. Throws `DocumentInvalid`.
 */
export function checkLedger({ explanation, events, calendar }: Documents): string[] {
  const ledger = readLedger(explanation);
  const history = readHistory(events);
  return [
    ...checkOrder(ledger, history),
    ...checkSums(ledger, explanation),
    ...checkEnd(explanation, history),
    ...checkDeadline(ledger, explanation, history),
    ...checkCauses(ledger, explanation, history),
    ...checkHolds(ledger, explanation, history),
    ...checkEntries(ledger),
    ...(calendar === undefined ? [] : checkCalendar(ledger, explanation, calendar)),
  ];
}
