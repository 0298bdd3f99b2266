import { toUtc } from '../../common/instants.ts';
import { newTicketEvent } from '../events/new-event.ts';
import { isHeld } from '../ticket.ts';
import type { CommandName } from './commands.ts';
import type { RuleOutcome, Step } from './decision.ts';
import { changeState } from './transitions.ts';

/** One rule for each command. Which states it is allowed in, and whether its instant is possible, is checked before. */
export const rules: { readonly [N in CommandName]: (step: Step<N>) => RuleOutcome } = {
  acknowledge: ({ then, body }) =>
    then.acknowledgedAt !== null
      ? 'unchanged'
      : [newTicketEvent('TicketAcknowledged', { note: body.note ?? null })],

  assign: ({ then, body: { assignee } }) =>
    then.assignee === assignee ? 'unchanged' : [newTicketEvent('TicketAssigned', { assignee })],

  reply: ({ present, at, body: { from, channel, text, contactId = null } }) => {
    if (from === 'agent') return [newTicketEvent('AgentReplied', { channel, text, call: null })];
    const reply = newTicketEvent('CustomerReplied', { channel, text, contactId });
    const reopens = present.state === 'resolved' && at >= present.settledAt;
    return reopens ? [reply, newTicketEvent('TicketReopened', { reason: 'The customer replied.' })] : [reply];
  },

  note: ({ body: { text } }) => [newTicketEvent('NoteAdded', { text })],

  'set-priority': ({ then, context: { terms }, refuse, body: { priority } }) => {
    if (then.priority === priority) return 'unchanged';
    if (terms === null) {
      return refuse(
        'priority-unknown',
        'The ticket has no plan to set a priority under: identify the customer.',
      );
    }
    if (!terms.priorities.includes(priority)) {
      return refuse(
        'priority-unknown',
        `"${priority}" is none of the plan’s priorities: ${terms.priorities.join(', ')}.`,
      );
    }
    return [newTicketEvent('PriorityChanged', { priority, previous: then.priority })];
  },

  hold: ({ then, body: { reason, note = null } }) =>
    isHeld(then, reason) ? 'unchanged' : [newTicketEvent('ClockHeld', { reason, note })],

  release: ({ then, body: { reason } }) =>
    isHeld(then, reason) ? [newTicketEvent('ClockReleased', { reason })] : 'unchanged',

  'mark-out-of-scope': ({ then, body: { reason } }) =>
    then.outOfScope !== null ? 'unchanged' : [newTicketEvent('TicketMarkedOutOfScope', { reason })],

  'identify-customer': ({ present, context, refuse, body: { customerId, contactId = null } }) => {
    const { identification = null } = context;
    if (identification === null) {
      return refuse('customer-unknown', `There is no customer "${customerId}": define it first.`);
    }
    const isSameCustomer = present.customerId === customerId;
    const isSameContract = present.coverage.contractId === identification.coverage.contractId;
    const isSameContact = contactId === null || present.contactId === contactId;
    if (isSameCustomer && isSameContract && isSameContact) return 'unchanged';
    const isOpen = present.customerId === null || (isSameCustomer && present.coverage.contractId === null);
    if (!isOpen) {
      return refuse(
        'already-identified',
        `It is a ticket of customer "${present.customerId}": decline it and open one for the other.`,
      );
    }
    return [newTicketEvent('CustomerIdentified', { customerId, contactId, ...identification })];
  },

  'start-intervention': ({ then, body }) =>
    then.interventionStartedAt !== null
      ? 'unchanged'
      : [newTicketEvent('InterventionStarted', { note: body.note ?? null })],

  'determine-equipment-fault': ({ then, body: { equipment = null, note = null } }) => {
    const fault = then.equipmentFault;
    const waits = fault !== null && fault.deliveredAt === null;
    const isKnown = waits && (equipment === null || fault.equipment.includes(equipment));
    return isKnown ? 'unchanged' : [newTicketEvent('EquipmentFaultDetermined', { equipment, note })];
  },

  'dispatch-replacement': ({ then, refuse, body: { carrier = null, trackingNumber = null } }) => {
    const fault = then.equipmentFault;
    if (fault === null) return refuse('no-equipment-fault', determineFirst('determine-equipment-fault'));
    const isUnderway = fault.dispatchedAt !== null || fault.deliveredAt !== null;
    const isKnown = isUnderway && (trackingNumber === null || fault.parcels.includes(trackingNumber));
    return isKnown ? 'unchanged' : [newTicketEvent('ReplacementDispatched', { carrier, trackingNumber })];
  },

  'replacement-delivered': ({ then, refuse, body }) => {
    const fault = then.equipmentFault;
    if (fault === null) return refuse('no-equipment-fault', determineFirst('determine-equipment-fault'));
    return fault.deliveredAt !== null
      ? 'unchanged'
      : [newTicketEvent('ReplacementDelivered', { note: body.note ?? null })];
  },

  'determine-on-site-visit': ({ then, body }) =>
    then.onSiteVisit !== null && then.onSiteVisit.arrivedAt === null
      ? 'unchanged'
      : [newTicketEvent('OnSiteVisitDetermined', { note: body.note ?? null })],

  'engineer-arrived': ({ then, refuse, body: { engineer = null } }) => {
    const visit = then.onSiteVisit;
    if (visit === null) return refuse('no-on-site-visit', determineFirst('determine-on-site-visit'));
    return visit.arrivedAt !== null ? 'unchanged' : [newTicketEvent('EngineerArrived', { engineer })];
  },

  restore: ({ then, body }) =>
    then.restoredAt !== null ? 'unchanged' : [newTicketEvent('ServiceRestored', { note: body.note ?? null })],

  resolve: (step) =>
    changeState(
      'resolve',
      step,
      newTicketEvent('TicketResolved', { resolution: step.body.resolution ?? null }),
    ),

  reopen: (step) =>
    changeState('reopen', step, newTicketEvent('TicketReopened', { reason: step.body.reason ?? null })),

  close: (step) => {
    const { reason = null } = step.body;
    const outcome = changeState('close', step, newTicketEvent('TicketClosed', { reason }));
    if (Array.isArray(outcome) && reason === null && step.then.state === 'open') {
      return step.refuse('reason-needed', 'The ticket is not resolved: resolve it first, or give a reason.');
    }
    return outcome;
  },

  decline: (step) =>
    changeState('decline', step, newTicketEvent('TicketDeclined', { reason: step.body.reason })),

  'log-work': ({ body: { minutes, kind, role = null, note = null } }) => [
    newTicketEvent('WorkLogged', { minutes, kind, role, note }),
  ],

  'agree-turnaround': ({ present, then, context: { now, terms }, refuse, body }) => {
    const dueAt = toUtc(body.dueAt);
    const isOffered = [present.priority, then.priority].every((priority) =>
      terms?.offersTurnaround(priority),
    );
    if (!isOffered) {
      return refuse(
        'turnaround-not-offered',
        `The ticket’s plan offers no agreed turnaround at priority "${present.priority}".`,
      );
    }
    if (dueAt <= now) {
      return refuse('turnaround-not-in-the-future', `dueAt is not after ${now}, which is now.`);
    }
    return then.turnaroundDueAt === dueAt ? 'unchanged' : [newTicketEvent('TurnaroundAgreed', { dueAt })];
  },
};

function determineFirst(command: CommandName): string {
  return `Nothing was determined by then: ${command} first.`;
}
