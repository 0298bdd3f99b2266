import type { TicketEventData, TicketEventType } from '../index.ts';
import { at, coverage, opening } from './histories.ts';

const call = { integrationId: 'pbx', callId: '81', direction: 'in' as const };
const caller = { raw: '020 7946 0000', e164: '+442079460000', anonymous: false, name: 'Reception' };
const restore = { objective: 'restore' as const, occurrence: 1 };
const note = 'Between us.';

/** Data of every type of event, each field filled, and other than what `opened` has. */
export const eventData: { readonly [T in TicketEventType]: TicketEventData<T> } = {
  TicketOpened: {
    ...opening,
    candidateCustomerIds: ['corner-bakery', 'dentist'],
    contactId: 'reception',
    description: 'Every call ends with a busy tone.',
    caller,
    email: 'reception@bakery.example',
    call,
    refersToTicketId: '0192f0c1-2345-7abc-8def-0123456789ac',
  },
  TicketAcknowledged: { note },
  TicketAssigned: { assignee: 'emma' },
  CustomerReplied: { channel: 'email', text: 'Line 3 too.', contactId: 'reception' },
  AgentReplied: { channel: 'phone', text: 'We are on it.', call },
  NoteAdded: { text: note },
  PriorityChanged: { priority: 'high', previous: 'low' },
  ClockHeld: { reason: 'manufacturer', note },
  ClockReleased: { reason: 'awaiting-customer' },
  InterventionStarted: { note },
  EquipmentFaultDetermined: { equipment: 'Gateway', note },
  ReplacementDispatched: { carrier: 'Parcels', trackingNumber: 'ND1' },
  ReplacementDelivered: { note },
  OnSiteVisitDetermined: { note },
  EngineerArrived: { engineer: 'Christopher Miller' },
  ServiceRestored: { note },
  TicketResolved: { resolution: 'Replaced the gateway.' },
  TicketReopened: { reason: 'It happened again.' },
  TicketClosed: { reason: 'Withdrawn.' },
  TicketDeclined: { reason: 'Third-party network.' },
  CallLinked: { call, from: caller, to: '+442079461111', outcome: 'missed' },
  WorkLogged: { minutes: 25, kind: 'travel', role: 'technician', note },
  TurnaroundAgreed: { dueAt: at('18:00') },
  TicketMarkedOutOfScope: { reason: 'Relocation.' },
  CustomerIdentified: {
    customerId: 'dentist',
    contactId: 'desk',
    coverage: { ...coverage, contractId: 'dentist-2026' },
    priority: 'high',
  },
  DeadlineReplanned: {
    ...restore,
    before: { targetAt: at('10:00'), dueAt: at('13:00') },
    after: { targetAt: at('11:00'), dueAt: at('14:00') },
    notStanding: ['target'],
    cause: { kind: 'contract', id: 'corner-bakery-2027', position: 17 },
  },
  SlaTargetMissed: { ...restore, targetAt: at('10:00'), targetMissedAt: at('10:00') },
  SlaBreached: { ...restore, dueAt: at('13:00'), breachedAt: at('13:00') },
  SlaBreachRetracted: {
    ...restore,
    dueAt: at('13:00'),
    breachedAt: at('13:00'),
    causeEventId: '0192f0c1-2345-7abc-8def-0123456789ad',
  },
};
