/**
 * `node scripts/check-ledger.ts EXPLANATION.json EVENTS.json [CALENDAR.json]`: does the ledger of a clock follow from
 * the ticket's events? It needs what the API answers and Node 24, nothing else of Ringback.
 */
import { readFileSync } from 'node:fs';
import { checkLedger } from './ledger/check-ledger.ts';
import { DocumentInvalid, readCalendar, readEvents, readExplanation } from './ledger/documents.ts';

const [explanationFile, eventsFile, calendarFile, more] = process.argv.slice(2);

function readDocument<T>(file: string, read: (document: unknown) => T): T {
  try {
    return read(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new DocumentInvalid(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

if (explanationFile === undefined || eventsFile === undefined || more !== undefined) {
  process.stderr.write('node scripts/check-ledger.ts EXPLANATION.json EVENTS.json [CALENDAR.json]\n');
  process.exitCode = 2;
} else {
  try {
    const explanation = readDocument(explanationFile, readExplanation);
    const events = readDocument(eventsFile, readEvents);
    const calendar = calendarFile === undefined ? undefined : readDocument(calendarFile, readCalendar);
    const faults = checkLedger({ explanation, events, calendar });
    const { length } = explanation.ledger;
    process.stdout.write(
      faults.length === 0
        ? `No fault: ${length} stretches add up to ${explanation.clock.served}.\n`
        : `${faults.join('\n')}\n`,
    );
    process.exitCode = faults.length === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof DocumentInvalid)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
