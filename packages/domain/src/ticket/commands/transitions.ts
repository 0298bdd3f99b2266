import type { NewTicketEvent } from '../events/events.ts';
import type { TicketState } from '../vocabulary.ts';
import { allowedInState } from './allowed-commands.ts';
import type { CommandName } from './commands.ts';
import type { RuleOutcome, Step } from './decision.ts';

/** The state that a command leads to. */
export const targetStates: { readonly [N in CommandName]?: TicketState } = {
  resolve: 'resolved',
  close: 'closed',
  decline: 'declined',
  reopen: 'open',
};

/** A change of state: `decide` says when it changes nothing, and when it comes too late to be dated so early. */
export function changeState<N extends CommandName>(
  name: N,
  { present, then, at, refuse }: Step<N>,
  event: NewTicketEvent,
): RuleOutcome {
  const target = targetStates[name];
  if (present.state !== target) {
    return at >= present.settledAt ? [event] : tooEarly();
  }
  if (then.state === target && then.transitions === present.transitions) return 'unchanged';
  return allowedInState[then.state].includes(name) ? [event] : tooEarly();

  function tooEarly() {
    return refuse(
      'before-latest-change',
      `The ticket was ${present.state} at ${present.settledAt}: give no earlier occurredAt.`,
    );
  }
}
