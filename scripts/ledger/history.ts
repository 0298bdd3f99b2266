import { instant, type RecordedEvent } from './documents.ts';

/** An event that has happened, with its instant as epoch milliseconds. */
interface Happened {
  id: string;
  type: string;
  at: number;
  reason: string | null;
}

/** A hold while it was on, [from, to); `to` is Infinity when nothing has ended it. */
export interface Hold {
  reason: string;
  from: number;
  to: number;
  heldBy: string;
  endedBy: string | null;
}

/** What the exported events say of the ticket. */
export interface History {
  byId: ReadonlyMap<string, Happened>;
  openedAt: number | null;
  holds: readonly Hold[];
  /** While the ticket was not open, [from, to), and the reopening; `to` is Infinity when it was not reopened. */
  rests: readonly { from: number; to: number }[];
  /** When the priority changed: hold reasons count from there. */
  priorityChanges: readonly number[];
  identifiedAt: number | null;
}

const endings = new Set(['TicketResolved', 'TicketDeclined', 'TicketClosed']);

/** Reads the events by `occurredAt`, equal instants in the order of recording. */
export function readHistory(events: readonly RecordedEvent[]): History {
  const happened = events
    .map(({ id, type, version, occurredAt, data: { reason } }) => ({
      ...{ id, type, version, at: instant(occurredAt) },
      reason: typeof reason === 'string' ? reason : null,
    }))
    .sort((one, other) => one.at - other.at || one.version - other.version);
  const holds: Hold[] = [];
  const rests: { from: number; to: number }[] = [];
  const end = (ended: (hold: Hold) => boolean, at: number, endedBy: string) => {
    for (const hold of holds) {
      if (hold.to === Number.POSITIVE_INFINITY && ended(hold)) Object.assign(hold, { to: at, endedBy });
    }
  };
  const isOn = (reason: string) =>
    holds.some((hold) => hold.reason === reason && hold.to === Number.POSITIVE_INFINITY);
  for (const { id, type, at, reason } of happened) {
    const rest = rests.at(-1);
    const isOpen = rest === undefined || rest.to < Number.POSITIVE_INFINITY;
    if (type === 'ClockHeld' && reason !== null && !isOn(reason)) {
      holds.push({ reason, from: at, to: Number.POSITIVE_INFINITY, heldBy: id, endedBy: null });
    } else if (type === 'ClockReleased') end((hold) => hold.reason === reason, at, id);
    else if (endings.has(type)) {
      end(() => true, at, id);
      if (isOpen) rests.push({ from: at, to: Number.POSITIVE_INFINITY });
    } else if (type === 'TicketReopened' && !isOpen) rest.to = at;
  }
  const instantsOf = (wanted: string) => happened.flatMap(({ type, at }) => (type === wanted ? [at] : []));
  return {
    byId: new Map(happened.map((event) => [event.id, event])),
    openedAt: instantsOf('TicketOpened')[0] ?? null,
    holds,
    rests,
    priorityChanges: instantsOf('PriorityChanged'),
    identifiedAt: instantsOf('CustomerIdentified')[0] ?? null,
  };
}
