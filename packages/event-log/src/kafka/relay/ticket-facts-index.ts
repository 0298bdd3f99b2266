import {
  asTicketEvent,
  type CloudEventTicket,
  foldTicket,
  type TicketEvent,
  typesWhere,
} from '@ringback/domain/ticket';
import { categories } from '../../categories.ts';
import type { RecordedEvent } from '../../port.ts';
import type { Upcasters } from '../../upcasters.ts';

/** The facts of its ticket for each event of a page, by the event's position. */
export interface TicketFactsIndex {
  of(page: RecordedEvent[]): Promise<Map<number, CloudEventTicket>>;
}

interface Known {
  version: number;
  /** Those that say what the facts are, in the order of recording. */
  telling: TicketEvent[];
}

/** Reference, subject, customer, priority and plan come from these; the fold of them alone gives the same. */
export const tellingTypes: ReadonlySet<string> = new Set(
  typesWhere(({ sets }) => sets.some((fact) => fact !== 'assignee')),
);
const maximumKnown = 20_000;

/**
 * Keeps what the facts of the latest tickets are made from, so that a stream is read only for a ticket that was not met
 * lately. `read` gives whole streams by their ids.
 */
export function createTicketFactsIndex(
  read: (ids: string[]) => Promise<Map<string, RecordedEvent[]>>,
  upcasters: Upcasters,
  limit = maximumKnown,
): TicketFactsIndex {
  const tickets = new Map<string, Known>();

  function keep(id: string, known: Known): void {
    tickets.delete(id);
    tickets.set(id, known);
  }

  function telling(event: RecordedEvent): TicketEvent[] {
    if (!tellingTypes.has(event.type)) return [];
    try {
      return [asTicketEvent({ ...event, ...upcasters.upcast(event) })];
    } catch {
      // Of a newer release: the facts are those of before, as this release knows them.
      return [];
    }
  }

  /** Knows of the ticket what comes before this event, and nothing is missing in between. */
  const isKnownBefore = ({ streamId, version }: RecordedEvent) =>
    version === 1 || tickets.get(streamId)?.version === version - 1;

  async function load(page: RecordedEvent[]): Promise<void> {
    const first = new Map<string, RecordedEvent>();
    for (const event of page) if (!first.has(event.streamId)) first.set(event.streamId, event);
    const unknown = [...first.values()].filter((event) => !isKnownBefore(event));
    if (unknown.length === 0) return;
    const streams = await read(unknown.map(({ streamId }) => streamId));
    for (const { streamId, version } of unknown) {
      const earlier = (streams.get(streamId) ?? []).filter((event) => event.version < version);
      keep(streamId, { version: version - 1, telling: earlier.flatMap(telling) });
    }
  }

  return {
    async of(page) {
      const ofTickets = page.filter(({ category }) => categories[category].carriesTicketFacts);
      await load(ofTickets);
      const facts = new Map<number, CloudEventTicket>();
      for (const event of ofTickets) {
        const before = event.version === 1 ? [] : (tickets.get(event.streamId)?.telling ?? []);
        const known = { version: event.version, telling: [...before, ...telling(event)] };
        keep(event.streamId, known);
        const told = factsOf(known.telling);
        if (told !== null) facts.set(event.position, told);
      }
      // Only now: within a page, what was loaded must stay.
      for (const id of tickets.keys()) {
        if (tickets.size <= limit) break;
        tickets.delete(id);
      }
      return facts;
    },
  };
}

function factsOf(telling: TicketEvent[]): CloudEventTicket | null {
  const ticket = foldTicket(telling);
  if (ticket === null) return null;
  const { reference, subject, customerId, priority, coverage } = ticket;
  const plan = coverage.plan === null ? null : `${coverage.plan.catalog}/${coverage.plan.plan}`;
  return { reference, subject, customerId, priority, plan };
}
