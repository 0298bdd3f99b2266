import type { TicketEventData, TicketEventType } from '@ringback/domain/ticket';

/** What an event means, in a sentence, and what its data may look like. */
export interface Described<Data> {
  summary: string;
  example: Data;
}

const call = { integrationId: 'main-pbx', callId: 'call-81', direction: 'in' as const };
const caller = { raw: '020 7946 0000', e164: '+442079460000', anonymous: false, name: 'Reception' };
const coverage = {
  contractId: 'corner-bakery-2026',
  standing: 'active' as const,
  plan: { catalog: 'set-rate-contract', catalogVersion: 1, plan: 'set-rate' },
  chargeable: false,
};
const restore = { objective: 'restore' as const, occurrence: 1 };

/** Every event of a ticket, described. */
export const ticketExamples: { [T in TicketEventType]: Described<TicketEventData<T>> } = {
  TicketOpened: {
    summary: 'A request has become a ticket; it carries what the ticket is judged by.',
    example: {
      reference: 'RB-2447-0945',
      customerId: 'corner-bakery',
      candidateCustomerIds: [],
      contactId: 'reception',
      coverage,
      priority: 'urgent',
      channel: 'phone',
      subject: 'Call from +442079460000',
      description: null,
      caller,
      email: null,
      call,
      refersToTicketId: null,
    },
  },
  TicketAcknowledged: {
    summary: 'A person has taken notice.',
    example: { note: 'Called back, no answer.' },
  },
  TicketAssigned: {
    summary: 'The ticket was given to somebody; null: to no one.',
    example: { assignee: 'emma@provider.example' },
  },
  CustomerReplied: {
    summary: 'The customer has said something.',
    example: { channel: 'email', text: 'It happens on line 3 only.', contactId: 'reception' },
  },
  AgentReplied: {
    summary: 'Staff has spoken with the customer; on the phone without a text.',
    example: { channel: 'phone', text: null, call },
  },
  NoteAdded: { summary: 'A note between staff.', example: { text: 'Line 3.' } },
  PriorityChanged: {
    summary: 'Every open clock takes the new priority’s promise.',
    example: { priority: 'urgent', previous: 'important' },
  },
  ClockHeld: {
    summary: 'Something is waited for: the clocks that stop for this reason are held.',
    example: { reason: 'third-party-network', note: 'The carrier has a fault.' },
  },
  ClockReleased: {
    summary: 'This reason is waited for no longer.',
    example: { reason: 'third-party-network' },
  },
  InterventionStarted: { summary: 'Work on the fault has begun.', example: { note: null } },
  EquipmentFaultDetermined: {
    summary: 'Equipment must be replaced.',
    example: { equipment: 'Gateway GX-8', note: null },
  },
  ReplacementDispatched: {
    summary: 'The replacement is on its way.',
    example: { carrier: 'Next Day Parcels', trackingNumber: 'ND123456789' },
  },
  ReplacementDelivered: { summary: 'The replacement has arrived.', example: { note: null } },
  OnSiteVisitDetermined: { summary: 'An engineer must go there.', example: { note: null } },
  EngineerArrived: { summary: 'The engineer is there.', example: { engineer: 'Christopher Miller' } },
  ServiceRestored: {
    summary: 'Service works again, be the cause found or not.',
    example: { note: 'The trunk is registered again.' },
  },
  TicketResolved: {
    summary: 'Done, from the provider’s side.',
    example: { resolution: 'Replaced the gateway.' },
  },
  TicketReopened: { summary: 'The ending is taken back.', example: { reason: 'It happened again.' } },
  TicketClosed: { summary: 'Done, from the customer’s side.', example: { reason: null } },
  TicketDeclined: { summary: 'Not taken on.', example: { reason: 'Third-party network.' } },
  CallLinked: {
    summary: 'A call belongs to the ticket.',
    example: { call, from: caller, to: '+442079461111', outcome: 'missed' },
  },
  WorkLogged: {
    summary: 'Time was spent, in minutes.',
    example: { minutes: 25, kind: 'remote', role: 'technician', note: null },
  },
  TurnaroundAgreed: {
    summary: 'A date was agreed by which it will be resolved.',
    example: { dueAt: '2026-03-06T15:00:00.000Z' },
  },
  TicketMarkedOutOfScope: {
    summary: 'The contract does not cover it: the ticket is chargeable.',
    example: { reason: 'Relocation.' },
  },
  CustomerIdentified: {
    summary: 'Whose ticket it is has become known.',
    example: { customerId: 'corner-bakery', contactId: 'reception', coverage, priority: 'urgent' },
  },
  DeadlineReplanned: {
    summary:
      'A change of a calendar, a catalog or a contract has moved a deadline; `notStanding` names what was told and would not be told now.',
    example: {
      ...restore,
      before: { targetAt: '2026-03-02T10:00:00.000Z', dueAt: '2026-03-02T13:00:00.000Z' },
      after: { targetAt: '2026-03-03T09:00:00.000Z', dueAt: '2026-03-03T12:00:00.000Z' },
      notStanding: ['target'],
      cause: { kind: 'calendar-exception', id: 'set-rate-contract/always', position: 4_711 },
    },
  },
  SlaTargetMissed: {
    summary: 'A warning: a clock has passed its target, and is still open.',
    example: {
      ...restore,
      targetAt: '2026-03-02T10:00:00.000Z',
      targetMissedAt: '2026-03-02T10:00:00.000Z',
    },
  },
  SlaBreached: {
    summary: 'A breach: a clock has passed its maximum, and is still open.',
    example: { ...restore, dueAt: '2026-03-02T13:00:00.000Z', breachedAt: '2026-03-02T13:00:00.000Z' },
  },
  SlaBreachRetracted: {
    summary: 'A breach is taken back: by evidence that arrived late there was none.',
    example: {
      ...restore,
      dueAt: '2026-03-02T13:00:00.000Z',
      breachedAt: '2026-03-02T13:00:00.000Z',
      causeEventId: '0b9d4c1e-52d6-4d0e-9a54-1f6f7f0f6f3a',
    },
  },
};
