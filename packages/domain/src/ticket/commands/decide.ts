import { toUtc } from '../../common/instants.ts';
import { TicketStreamBroken } from '../errors.ts';
import type { TicketEvent } from '../events/events.ts';
import { foldTicket } from '../fold.ts';
import { allowedCommands, allowedInState } from './allowed-commands.ts';
import type { CommandName, TicketCommand } from './commands.ts';
import type { Decision, DecisionContext, RefusalCode, Refused, RuleOutcome, Step } from './decision.ts';
import { rules } from './rules.ts';
import { targetStates } from './transitions.ts';

/**
 * Decides a command against the whole history (in the order of recording). A command is permitted by what the ticket
 * is now, and its effect is judged at its `occurredAt`: acknowledging at 09:10 a ticket that is known to have been
 * acknowledged at 10:00 is evidence and is recorded; acknowledging it at 10:30 changes nothing.
 *
 * | command | changes nothing when, at `occurredAt`, |
 * | --- | --- |
 * | acknowledge, start-intervention, mark-out-of-scope | it was done before |
 * | restore | it was done since the last reopening |
 * | assign, set-priority | assignee or priority were those |
 * | hold, release | the reason was on, or was not on |
 * | determine-equipment-fault | a fault waits for its replacement, and no further equipment is named |
 * | dispatch-replacement | the fault's replacement is dispatched or delivered, and no further parcel is named |
 * | replacement-delivered, engineer-arrived | it happened since the latest determination |
 * | determine-on-site-visit | a visit waits for the engineer |
 * | identify-customer | it is that customer under that contract |
 * | agree-turnaround | the turnaround stands with that instant |
 * | resolve, close, decline, reopen | the ticket was, and is, in the state that it leads to |
 * | reply, note, log-work | never: each is said or done again |
 *
 * A change of state that happened before the latest one is refused, unless it leads to the present state too: then it
 * is evidence that it began earlier. So the order of recording and that of occurrence lead to the same state. A
 * customer's word on a resolved ticket reopens it when it was said after the resolution.
 *
 * Throws `TicketStreamBroken` when the history is empty or not a ticket's.
 */
export function decide(
  history: readonly TicketEvent[],
  command: TicketCommand,
  context: DecisionContext,
): Decision {
  const present = foldTicket(history);
  if (present === null) throw new TicketStreamBroken('without events', 0, 'there is nothing to decide on');
  const refuse = (code: RefusalCode, reason: string): Refused => ({
    kind: 'refused',
    code,
    reason,
    state: present.state,
    allowed: allowedCommands(present),
  });
  const dated = command.body.occurredAt === undefined ? null : toUtc(command.body.occurredAt);
  if (dated !== null && dated > context.now) {
    return refuse('in-the-future', `occurredAt is after ${context.now}, which is now: leave it out.`);
  }
  if (dated !== null && dated < present.openedAt) {
    return refuse(
      'before-the-opening',
      `occurredAt is before the ticket was opened, at ${present.openedAt}: give a later instant.`,
    );
  }
  const { name } = command;
  if (!allowedInState[present.state].includes(name) && targetStates[name] !== present.state) {
    return refuse('not-allowed-in-state', `A ticket that is ${present.state} takes no ${name}.`);
  }
  // An earlier writer's clock may have been a moment ahead of ours; what is recorded after it happened after it.
  const occurredAt = dated ?? (present.latestAt > context.now ? present.latestAt : null);
  const at = occurredAt ?? context.now;
  const then = at >= present.latestAt ? present : (foldTicket(history, { at }) ?? present);
  const rule = rules[name] as (step: Step<CommandName>) => RuleOutcome;
  const outcome = rule({ body: command.body, present, then, at, context, refuse });
  if (outcome === 'unchanged') return { kind: 'unchanged' };
  if (!Array.isArray(outcome)) return outcome;
  return { kind: 'events', events: outcome.map((event) => ({ ...event, occurredAt })) };
}
