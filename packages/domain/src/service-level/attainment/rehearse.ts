import type { Catalog } from '../../catalog/catalog.ts';
import { listNames } from '../../common/index.ts';
import type { TicketEvent } from '../../ticket/events/events.ts';
import { toClockEvents } from '../clocks/clock-events.ts';
import { type ClockRepresentation, representClock } from '../clocks/clock-representation.ts';
import { evaluate, type ServiceLevelHistory } from '../clocks/evaluate.ts';
import type { ClockEvent, CompiledPlan, EpochMilliseconds, PlanInForce } from '../types.ts';
import { type Outcome, outcomesOf } from './outcome.ts';

/** A recorded priority that the draft's catalog does not know and that is mapped to none of its own. */
export class PriorityUnmapped extends Error {
  readonly priority: string;

  constructor(priority: string, catalog: Catalog) {
    const allowed = listNames(Object.keys(catalog.priorities));
    super(`must say what the recorded priority "${priority}" is in the draft, which has ${allowed}`);
    this.name = 'PriorityUnmapped';
    this.priority = priority;
  }
}

/** A recorded priority's name in the draft: the one it is mapped to, else its own. Throws `PriorityUnmapped`. */
export function draftPriority(
  catalog: Catalog,
  mapping: { readonly [recorded: string]: string },
  recorded: string,
): string {
  const name = Object.hasOwn(mapping, recorded) ? (mapping[recorded] as string) : recorded;
  if (!Object.hasOwn(catalog.priorities, name)) throw new PriorityUnmapped(recorded, catalog);
  return name;
}

interface RehearsalQuestion {
  events: readonly TicketEvent[];
  /** Those that the ticket's clocks really run by. */
  plans: PlanInForce[];
  draft: CompiledPlan;
  priorityOf(recorded: string): string;
  asOf: EpochMilliseconds;
}

/** In what two clocks of one occurrence can differ; `clock`: only one of the plans has it. */
export const comparedFields = [
  'state',
  'startedAt',
  'targetAt',
  'dueAt',
  'metAt',
  'targetMissedAt',
  'breachedAt',
] as const;
type Difference = (typeof comparedFields)[number] | 'clock';

/** One occurrence of an objective under both plans. */
export interface ClockComparison {
  objective: Outcome['objective'];
  occurrence: number;
  inForce: ClockRepresentation | null;
  draft: ClockRepresentation | null;
  differences: Difference[];
}

export interface RehearsedTicket {
  /** Ordered by objective (by name) and occurrence. */
  clocks: ClockComparison[];
  outcomes: { inForce: Outcome[]; draft: Outcome[] };
}

/** A ticket's clocks under one plan, as data: it can be sent from one thread to another. */
export interface PlanReading {
  clocks: ClockRepresentation[];
  outcomes: Outcome[];
}

/** A recorded ticket's clocks under a draft alongside those under the plan in force, as `readUnderDraft` reads it. */
export function rehearse({ events, plans, draft, priorityOf, asOf }: RehearsalQuestion): RehearsedTicket {
  const recorded = toClockEvents(events);
  return compareReadings(
    readUnder({ plans, events: recorded, asOf }),
    readUnderDraft({ events: recorded, draft, priorityOf, asOf }),
  );
}

/** A ticket's clocks and what became of them, under the plans that were in force. */
export function readUnder(history: ServiceLevelHistory): PlanReading {
  return { clocks: evaluate(history).clocks.map(representClock), outcomes: outcomesOf(history) };
}

/**
 * As `readUnder`, under a draft. It is taken to have been in force, as it is now, ever since the opening, and to cover
 * the ticket whether or not a contract did. A caller who was identified later brings clocks as ever: they count from
 * the opening, and none breaches before. What `priorityOf` throws passes through.
 */
export function readUnderDraft({
  events,
  draft,
  priorityOf,
  asOf,
}: Pick<RehearsalQuestion, 'draft' | 'priorityOf' | 'asOf'> & { events: ClockEvent[] }): PlanReading {
  return readUnder({
    plans: [{ from: Number.NEGATIVE_INFINITY, plan: draft, cause: null }],
    events: underDraft(events, priorityOf),
    asOf,
  });
}

/** Both readings of a ticket side by side. */
export function compareReadings(inForce: PlanReading, draft: PlanReading): RehearsedTicket {
  return {
    clocks: compare(inForce.clocks, draft.clocks),
    outcomes: { inForce: inForce.outcomes, draft: draft.outcomes },
  };
}

function underDraft(events: ClockEvent[], priorityOf: (recorded: string) => string): ClockEvent[] {
  const wasIdentified = events.some(({ type }) => type === 'CustomerIdentified');
  return events.map((event) => {
    const mapped = event.priority === undefined ? event : { ...event, priority: priorityOf(event.priority) };
    if (mapped.type === 'CustomerIdentified') return { ...mapped, covered: true };
    if (mapped.type === 'TicketOpened')
      return { ...mapped, covered: mapped.covered === true || !wasIdentified };
    return mapped;
  });
}

function compare(inForce: ClockRepresentation[], draft: ClockRepresentation[]): ClockComparison[] {
  const pairs = new Map<string, Omit<ClockComparison, 'differences'>>();
  const add = (clocks: ClockRepresentation[], side: 'inForce' | 'draft') => {
    for (const clock of clocks) {
      const { objective, occurrence } = clock;
      const key = `${objective}/${occurrence}`;
      const pair = pairs.get(key) ?? { objective, occurrence, inForce: null, draft: null };
      pairs.set(key, { ...pair, [side]: clock });
    }
  };
  add(inForce, 'inForce');
  add(draft, 'draft');
  return [...pairs.values()]
    .map((pair) => ({ ...pair, differences: differencesOf(pair) }))
    .sort(
      (a, b) =>
        (a.objective < b.objective ? -1 : a.objective > b.objective ? 1 : 0) || a.occurrence - b.occurrence,
    );
}

function differencesOf({ inForce, draft }: Pick<ClockComparison, 'inForce' | 'draft'>): Difference[] {
  if (inForce === null || draft === null) return ['clock'];
  return comparedFields.filter((field) => inForce[field] !== draft[field]);
}
