import type { Coverage, NewTicketEvent } from '../events/events.ts';
import type { Ticket } from '../ticket.ts';
import type { TicketState } from '../vocabulary.ts';
import type { CommandBody, CommandName } from './commands.ts';

/**
 * Every reason for which a command is refused. `state`: it contradicts what the ticket has come to; `input`: it
 * could never be right. `field` names the field of the body that is at fault.
 */
export const refusals = {
  'not-allowed-in-state': { fault: 'state', field: null },
  'reason-needed': { fault: 'state', field: 'reason' },
  'no-equipment-fault': { fault: 'state', field: null },
  'no-on-site-visit': { fault: 'state', field: null },
  'already-identified': { fault: 'state', field: 'customerId' },
  'before-latest-change': { fault: 'state', field: 'occurredAt' },
  'turnaround-not-offered': { fault: 'state', field: null },
  'turnaround-not-in-the-future': { fault: 'input', field: 'dueAt' },
  'in-the-future': { fault: 'input', field: 'occurredAt' },
  'before-the-opening': { fault: 'input', field: 'occurredAt' },
  'priority-unknown': { fault: 'input', field: 'priority' },
  'customer-unknown': { fault: 'input', field: 'customerId' },
} as const satisfies { [code: string]: { fault: 'state' | 'input'; field: string | null } };
export type RefusalCode = keyof typeof refusals;

export interface Refused {
  kind: 'refused';
  code: RefusalCode;
  /** A sentence that says what to do next. */
  reason: string;
  /** Null: there is no ticket yet. */
  state: TicketState | null;
  /** The commands that the ticket would take now. */
  allowed: CommandName[];
}

/** `events`: append them, expecting the version that was decided on. `unchanged`: the effect is there already. */
export type Decision = { kind: 'events'; events: NewTicketEvent[] } | { kind: 'unchanged' } | Refused;

/** What the ticket's plan says, as far as a command needs it. */
export interface PlanTerms {
  priorities: readonly string[];
  offersTurnaround(priority: string): boolean;
}

/** What `identify-customer` brings: the standing of the customer's contract at the ticket's opening. */
export interface Identification {
  coverage: Coverage;
  priority: string;
}

export interface DecisionContext {
  /** By the database's clock, ISO 8601 UTC with milliseconds. */
  now: string;
  /** Of the plan that the ticket was opened under; null: it has none. */
  terms: PlanTerms | null;
  /** Only for `identify-customer`; null: there is no such customer. */
  identification?: Identification | null;
}

/** What a rule is given: the ticket now, the ticket as it stood when the command's effect happened. */
export interface Step<N extends CommandName> {
  body: CommandBody<N>;
  present: Ticket;
  then: Ticket;
  /** When the effect happened, ISO 8601 UTC with milliseconds. */
  at: string;
  context: DecisionContext;
  refuse(code: RefusalCode, reason: string): Refused;
}

/** A rule leaves the instant to `decide`. */
export type RuleOutcome = NewTicketEvent[] | 'unchanged' | Refused;
