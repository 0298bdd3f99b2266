/**
 * What the API answers, as far as a check of a ledger needs it. Instants are ISO 8601 in UTC, durations ISO 8601 in
 * hours, minutes and seconds.
 */

/** A stretch of `GET /v1/tickets/{id}/clocks/{objective}/explanation`. */
export interface Segment {
  from: string;
  to: string;
  kind: string;
  counted: string;
  reason: string | null;
  party: string | null;
  causeEventId: string | null;
  amendmentPosition: number | null;
  calendarEntry: { calendar: string; date: string | null; name: string | null } | null;
}

/** `GET /v1/tickets/{id}/clocks/{objective}/explanation`. */
export interface Explanation {
  clock: {
    objective: string;
    state: string;
    startedAt: string;
    dueAt: string | null;
    metAt: string | null;
    breachedAt: string | null;
    served: string;
    remaining: string;
  };
  asOf: string;
  endedAt: string | null;
  allowed: string;
  holds: string[];
  amendments: { at: string; position: number }[];
  ledger: Segment[];
}

/** An item of `GET /v1/tickets/{id}/events`. */
export interface RecordedEvent {
  id: string;
  type: string;
  version: number;
  occurredAt: string;
  data: { reason?: unknown };
}

/** `GET /v1/calendars/{id}?from=…&to=…`. */
export interface Calendar {
  id: string;
  timeZone: string;
  from: string;
  to: string;
  intervals: { from: string; to: string; reason: string | null }[];
  closed: { date: string; kind: string; reason: string | null }[];
}

export interface Documents {
  explanation: Explanation;
  /** All pages, in any order. */
  events: RecordedEvent[];
  /** The one that the ledger names, as it was in force for the clock; without it nothing is said of open and closed. */
  calendar?: Calendar | undefined;
}

/** A document that is not what the API answers. */
export class DocumentInvalid extends Error {
  override readonly name = 'DocumentInvalid';
}

const duration = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,3}))?S)?$/;

/** An ISO 8601 duration in milliseconds. Throws `DocumentInvalid`. */
export function milliseconds(text: string): number {
  const found = duration.exec(text);
  if (found === null) throw new DocumentInvalid(`"${text}" is not a duration in hours, minutes and seconds.`);
  const [, hours = '0', minutes = '0', seconds = '0', fraction = ''] = found;
  return (
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000 + Number(fraction.padEnd(3, '0'))
  );
}

/** Epoch milliseconds. Throws `DocumentInvalid`. */
export function instant(text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new DocumentInvalid(`"${text}" is not an instant.`);
  return at;
}

/** The events of one page, of a list of pages, or of a plain list. Throws `DocumentInvalid`. */
export function readEvents(document: unknown): RecordedEvent[] {
  const pages = Array.isArray(document) ? document : [document];
  return pages.flatMap((each: unknown) => {
    if (typeof each !== 'object' || each === null) throw new DocumentInvalid('An event is not an object.');
    if ('items' in each) return readEvents(each.items);
    for (const field of ['id', 'type', 'version', 'occurredAt', 'data']) {
      if (!(field in each)) throw new DocumentInvalid(`An event has no "${field}".`);
    }
    return [each as RecordedEvent];
  });
}

/** Throws `DocumentInvalid` when a field is missing that the check needs. */
export function readExplanation(document: unknown): Explanation {
  requireFields('explanation', document, [
    'clock',
    'asOf',
    'endedAt',
    'allowed',
    'holds',
    'amendments',
    'ledger',
  ]);
  return document as Explanation;
}

/** Throws `DocumentInvalid` when a field is missing that the check needs. */
export function readCalendar(document: unknown): Calendar {
  requireFields('calendar', document, ['id', 'timeZone', 'from', 'to', 'intervals', 'closed']);
  return document as Calendar;
}

function requireFields(name: string, document: unknown, fields: readonly string[]): void {
  if (typeof document !== 'object' || document === null) {
    throw new DocumentInvalid(`The ${name} is not an object.`);
  }
  for (const field of fields) {
    if (!(field in document)) throw new DocumentInvalid(`The ${name} has no "${field}".`);
  }
}
