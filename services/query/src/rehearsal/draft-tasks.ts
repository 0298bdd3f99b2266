/** What a computation thread runs for `draft.ts`. */
import type { Catalog } from '@ringback/domain/catalog';
import {
  type ClockEvent,
  compilePlan,
  draftPriority,
  type PlanException,
  type PlanReading,
  readUnderDraft,
} from '@ringback/domain/service-level';

export interface DraftQuestion {
  /** Null: the shared one, which is published. */
  catalog: Catalog | null;
  plan: string;
  exceptions: PlanException[];
  /** Recorded priority → the draft's. */
  priorities: { readonly [recorded: string]: string };
  /** The history of each ticket. */
  tickets: ClockEvent[][];
  /** Epoch milliseconds. */
  asOf: number;
}

/** Each ticket's clocks under the draft. Throws `CalendarInvalid` and `PriorityUnmapped`. */
export function readTicketsUnderDraft(
  { catalog: given, plan, exceptions, priorities, tickets, asOf }: DraftQuestion,
  published: Catalog | undefined,
): PlanReading[] {
  const catalog = given ?? published;
  if (catalog === undefined) throw new Error('there is no catalog to read the tickets under');
  const draft = compilePlan(catalog, plan, exceptions);
  const priorityOf = (recorded: string) => draftPriority(catalog, priorities, recorded);
  return tickets.map((events) => readUnderDraft({ events, draft, priorityOf, asOf }));
}
