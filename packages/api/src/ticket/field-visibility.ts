import type { Caller, Coverage, TicketEventData, TicketFacts, VisibleType } from '@ringback/domain/ticket';
import type * as z from 'zod';
import type { TicketRepresentation } from './representation.ts';

/** How a customer sees a record: whether the ticket was, at that time, a ticket of another customer. */
export interface CustomerView {
  isForeign: boolean;
}

/** What can be hidden and still be what its schema says: null, or an empty list. */
type Hideable<Value, Rule> = null extends Value ? Rule : Value extends readonly unknown[] ? Rule : never;

/**
 * What the ticket’s customer sees of a field. `everyone`: all of it. `staff`: nothing, which is null or an empty list.
 * `own`: nothing while the ticket was another customer’s. A function: part of it.
 */
export type FieldRule<Value> =
  | 'everyone'
  | Hideable<Value, 'staff' | 'own'>
  | ((value: Value, view: CustomerView) => Value);

/** A rule for each field: a new field compiles only once it has one. */
export type FieldRules<Record> = { readonly [F in keyof Record]-?: FieldRule<Exclude<Record[F], undefined>> };

/** Another customer’s contract, standing and plan are none of this one’s business. */
const ownCoverage = (coverage: Coverage, { isForeign }: CustomerView): Coverage =>
  isForeign ? { contractId: null, standing: 'none', plan: null, chargeable: true } : coverage;

/** As in the ticket: a number that the caller withheld is not shown, even where the phone system passed it on. */
const withoutWithheldNumber = (caller: Caller | null): Caller | null =>
  caller?.anonymous === true ? { ...caller, raw: null, e164: null } : caller;

type Replanning = TicketEventData<'DeadlineReplanned'>['cause'];
const ownContract = (cause: Replanning, { isForeign }: CustomerView): Replanning =>
  isForeign && cause.kind === 'contract' ? { ...cause, id: '' } : cause;

const everyone = 'everyone';
const note = { note: 'staff' } as const;
const miss = { objective: everyone, occurrence: everyone } as const;

/** The data as it leaves: an identification as another customer does not say which. */
type SeenData<T extends VisibleType> = T extends 'CustomerIdentified'
  ? Omit<TicketEventData<T>, 'customerId'> & { customerId: string | null }
  : TicketEventData<T>;

/** The data of every type that a customer may read. What staff note with what they do is theirs. */
export const dataVisibility: { readonly [T in VisibleType]: FieldRules<SeenData<T>> } = {
  TicketOpened: {
    reference: everyone,
    customerId: 'own',
    candidateCustomerIds: 'staff',
    contactId: 'own',
    coverage: ownCoverage,
    priority: everyone,
    channel: everyone,
    subject: everyone,
    description: everyone,
    caller: withoutWithheldNumber,
    email: everyone,
    call: everyone,
    refersToTicketId: 'own',
  },
  TicketAcknowledged: note,
  CustomerReplied: { channel: everyone, text: everyone, contactId: 'own' },
  AgentReplied: { channel: everyone, text: everyone, call: everyone },
  PriorityChanged: { priority: everyone, previous: everyone },
  ClockHeld: { reason: everyone, ...note },
  ClockReleased: { reason: everyone },
  InterventionStarted: note,
  EquipmentFaultDetermined: { equipment: everyone, ...note },
  ReplacementDispatched: { carrier: everyone, trackingNumber: everyone },
  ReplacementDelivered: note,
  OnSiteVisitDetermined: note,
  // The customer has met them.
  EngineerArrived: { engineer: everyone },
  ServiceRestored: note,
  TicketResolved: { resolution: everyone },
  TicketReopened: { reason: everyone },
  TicketClosed: { reason: everyone },
  TicketDeclined: { reason: everyone },
  CallLinked: { call: everyone, from: withoutWithheldNumber, to: everyone, outcome: everyone },
  TurnaroundAgreed: { dueAt: everyone },
  TicketMarkedOutOfScope: { reason: everyone },
  CustomerIdentified: { customerId: 'own', contactId: 'own', coverage: ownCoverage, priority: everyone },
  DeadlineReplanned: {
    ...miss,
    before: everyone,
    after: everyone,
    notStanding: everyone,
    cause: ownContract,
  },
  SlaTargetMissed: { ...miss, targetAt: everyone, targetMissedAt: everyone },
  SlaBreached: { ...miss, dueAt: everyone, breachedAt: everyone },
  SlaBreachRetracted: { ...miss, dueAt: everyone, breachedAt: everyone, causeEventId: everyone },
};

/** The facts of the ticket that accompany each of its events. */
export const factVisibility: FieldRules<z.infer<typeof TicketFacts>> = {
  id: everyone,
  reference: everyone,
  subject: everyone,
  customerId: 'own',
  priority: everyone,
  plan: 'own',
};

/** The ticket as the API shows it, now or as it stood. */
export const ticketVisibility: FieldRules<TicketRepresentation> = {
  id: everyone,
  reference: everyone,
  version: everyone,
  state: everyone,
  customerId: 'own',
  candidateCustomerIds: 'staff',
  contactId: 'own',
  contract: 'own',
  plan: 'own',
  catalogVersion: 'own',
  priority: everyone,
  channel: everyone,
  subject: everyone,
  description: everyone,
  caller: everyone,
  email: everyone,
  assignee: 'staff',
  chargeable: (chargeable, { isForeign }) => isForeign || chargeable,
  outOfScope: everyone,
  holds: everyone,
  equipmentFault: everyone,
  onSiteVisit: everyone,
  turnaroundDueAt: everyone,
  openedAt: everyone,
  acknowledgedAt: everyone,
  interventionStartedAt: everyone,
  restoredAt: everyone,
  resolvedAt: everyone,
  closedAt: everyone,
  declinedAt: everyone,
  reopenedAt: everyone,
  lastReplyFrom: everyone,
  lastReplyAt: everyone,
  calls: everyone,
  workedMinutes: 'staff',
  refersToTicketId: everyone,
  updatedAt: everyone,
  position: everyone,
};
