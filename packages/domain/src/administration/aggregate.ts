import type {
  AdministrationEventData,
  AdministrationEventType,
  AdministrationKind,
  ApiKey,
  CalendarException,
  Contract,
  Customer,
  Integration,
  OnCall,
  Subscription,
} from './events.ts';
import { administrationEventSchemas, administrationKinds } from './events.ts';

/** The present version of a catalog. */
export type PublishedCatalog = AdministrationEventData<'CatalogPublished'>;

/** The exceptions of one calendar that hold, by date, and the URL of its feed. */
export interface Calendar {
  exceptions: CalendarException[];
  feed: string | null;
}

/** The state of each kind of aggregate. */
export interface AdministrationStates {
  customer: Customer;
  contract: Contract;
  catalog: PublishedCatalog;
  calendar: Calendar;
  integration: Integration;
  subscription: Subscription;
  'on-call': OnCall;
  'api-key': ApiKey;
}
export type AdministrationState = AdministrationStates[AdministrationKind];

export type AdministrationEvent = {
  [T in AdministrationEventType]: { type: T; data: AdministrationEventData<T> };
}[AdministrationEventType];

/** The kind of aggregate that an event belongs to, or null when this release does not know the event. */
export function kindOfEvent(type: string): AdministrationKind | null {
  return Object.hasOwn(administrationEventSchemas, type)
    ? administrationEventSchemas[type as AdministrationEventType].kind
    : null;
}

/** The aggregate after one more event; null: it is not there, or no longer. */
export function evolveAdministration(
  state: AdministrationState | null,
  event: AdministrationEvent,
): AdministrationState | null {
  switch (event.type) {
    case 'CalendarExceptionAdded':
      return withExceptions(state, [...others(state, event.data.date), event.data]);
    case 'CalendarExceptionRemoved':
      return withExceptions(state, others(state, event.data.date));
    case 'CalendarFeedDefined':
      return { exceptions: others(state, null), feed: event.data.url };
    case 'CalendarFeedRemoved':
      return { exceptions: others(state, null), feed: null };
    case 'IntegrationRemoved':
    case 'SubscriptionRemoved':
    case 'OnCallRemoved':
    case 'ApiKeyRevoked':
      return null;
    default:
      return event.data;
  }
}

export type ExceptionDecision = 'add' | 'unchanged' | 'conflict';

/** Whether an exception can be added: two for one date of a calendar are refused, the same one again changes nothing. */
export function decideException(
  exceptions: readonly Pick<CalendarException, 'date' | 'hours' | 'reason'>[],
  added: CalendarException,
): ExceptionDecision {
  const present = exceptions.find(({ date }) => date === added.date);
  if (present === undefined) return 'add';
  const isSame =
    present.reason === added.reason && JSON.stringify(present.hours) === JSON.stringify(added.hours);
  return isSame ? 'unchanged' : 'conflict';
}

/** `<kind>:<id>`. */
export function administrationStreamId(kind: AdministrationKind, id: string): string {
  return `${kind}:${id}`;
}

/** Null when the text is not a stream of the administration. */
export function parseAdministrationStreamId(
  streamId: string,
): { kind: AdministrationKind; id: string } | null {
  const kind = administrationKinds.find((each) => streamId.startsWith(`${each}:`));
  return kind === undefined ? null : { kind, id: streamId.slice(kind.length + 1) };
}

function others(state: AdministrationState | null, date: string | null): CalendarException[] {
  return ((state as Calendar | null)?.exceptions ?? []).filter((exception) => exception.date !== date);
}

function withExceptions(state: AdministrationState | null, exceptions: CalendarException[]): Calendar {
  const feed = (state as Calendar | null)?.feed ?? null;
  return { feed, exceptions: exceptions.toSorted((one, other) => (one.date < other.date ? -1 : 1)) };
}
