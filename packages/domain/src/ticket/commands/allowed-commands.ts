import type { Ticket } from '../ticket.ts';
import type { TicketState } from '../vocabulary.ts';
import { type CommandName, commandNames } from './commands.ts';

const afterTheEnd: readonly CommandName[] = ['note', 'log-work', 'reopen'];

/** The table of states: what a ticket takes in each. */
export const allowedInState: { readonly [S in TicketState]: readonly CommandName[] } = {
  open: commandNames.filter((name) => name !== 'reopen'),
  resolved: ['reply', 'note', 'log-work', 'reopen', 'close'],
  closed: afterTheEnd,
  declined: afterTheEnd,
};

/** What this ticket takes now: as its state allows, less what needs a determination that was not made. */
export function allowedCommands(ticket: Ticket): CommandName[] {
  return allowedInState[ticket.state].filter((name) => {
    if (name === 'dispatch-replacement' || name === 'replacement-delivered') {
      return ticket.equipmentFault !== null;
    }
    return name !== 'engineer-arrived' || ticket.onSiteVisit !== null;
  });
}
