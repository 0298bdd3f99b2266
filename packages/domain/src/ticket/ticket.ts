import { laterOf } from '../common/instants.ts';
import { TicketStreamBroken } from './errors.ts';
import { eventTraits, typesWhere } from './events/event-traits.ts';
import type {
  Caller,
  CallReference,
  Coverage,
  TicketEvent,
  TicketEventData,
  TicketEventType,
} from './events/events.ts';
import type { Channel, HoldReason, TicketState } from './vocabulary.ts';

export interface Hold {
  reason: HoldReason;
  since: string;
}

export interface LinkedCall extends CallReference {
  outcome: string | null;
}

/** The latest determination of an equipment fault and what has come of it. */
export interface EquipmentFault {
  determinedAt: string;
  equipment: readonly string[];
  dispatchedAt: string | null;
  parcels: readonly string[];
  deliveredAt: string | null;
}

export interface OnSiteVisit {
  determinedAt: string;
  arrivedAt: string | null;
}

/**
 * A ticket as its events tell it. Instants are ISO 8601 UTC with milliseconds; null: has not happened, or was taken
 * back by a reopening.
 */
export interface Ticket {
  id: string;
  reference: string;
  version: number;
  position: number;
  state: TicketState;
  /** How often the state has changed, the opening included. */
  transitions: number;
  /** The latest instant at which the state was changed or, by evidence of a change before it, confirmed. */
  settledAt: string;
  customerId: string | null;
  candidateCustomerIds: readonly string[];
  contactId: string | null;
  coverage: Coverage;
  priority: string;
  channel: Channel;
  subject: string;
  description: string | null;
  caller: Caller | null;
  email: string | null;
  refersToTicketId: string | null;
  assignee: string | null;
  outOfScope: string | null;
  /** A contract renewed later covers the ticket after all: the charge mark is lifted. */
  recovered: boolean;
  holds: readonly Hold[];
  equipmentFault: EquipmentFault | null;
  onSiteVisit: OnSiteVisit | null;
  /** The agreed turnaround's deadline while it stands. */
  turnaroundDueAt: string | null;
  openedAt: string;
  acknowledgedAt: string | null;
  interventionStartedAt: string | null;
  restoredAt: string | null;
  resolvedAt: string | null;
  closedAt: string | null;
  declinedAt: string | null;
  reopenedAt: string | null;
  lastReplyFrom: 'agent' | 'customer' | null;
  lastReplyAt: string | null;
  calls: readonly LinkedCall[];
  workedMinutes: number;
  /** The latest `occurredAt` of all. */
  latestAt: string;
  /** When the ticket was last written to. */
  updatedAt: string;
}

/** What each event changes of a ticket; null: nothing but its version and instants. */
type Effects = {
  readonly [T in Exclude<TicketEventType, 'TicketOpened'>]:
    | ((ticket: Ticket, data: TicketEventData<T>, at: string) => Partial<Ticket>)
    | null;
};

/** What the ending of a ticket takes with it. */
const ending = { holds: [], turnaroundDueAt: null } satisfies Partial<Ticket>;

const effects: Effects = {
  TicketAcknowledged: (ticket, _data, at) => ({ acknowledgedAt: ticket.acknowledgedAt ?? at }),
  TicketAssigned: (_ticket, { assignee }) => ({ assignee }),
  CustomerReplied: (_ticket, _data, at) => ({ lastReplyFrom: 'customer', lastReplyAt: at }),
  AgentReplied: (ticket, { call }, at) => ({
    lastReplyFrom: 'agent',
    lastReplyAt: at,
    calls: call === null ? ticket.calls : link(ticket.calls, call, null),
  }),
  NoteAdded: null,
  PriorityChanged: (ticket, { priority }) =>
    priority === ticket.priority ? {} : { priority, turnaroundDueAt: null },
  ClockHeld: (ticket, { reason }, at) =>
    isHeld(ticket, reason) ? {} : { holds: [...ticket.holds, { reason, since: at }] },
  ClockReleased: (ticket, { reason }) => ({ holds: ticket.holds.filter((hold) => hold.reason !== reason) }),
  InterventionStarted: (ticket, _data, at) => ({ interventionStartedAt: ticket.interventionStartedAt ?? at }),
  EquipmentFaultDetermined: (ticket, { equipment }, at) => {
    const named = equipment === null ? [] : [equipment];
    const open = ticket.equipmentFault;
    if (open !== null && open.deliveredAt === null) {
      return { equipmentFault: { ...open, equipment: union(open.equipment, named) } };
    }
    return {
      equipmentFault: {
        determinedAt: at,
        equipment: named,
        dispatchedAt: null,
        parcels: [],
        deliveredAt: null,
      },
    };
  },
  ReplacementDispatched: (ticket, { trackingNumber }, at) => {
    const fault = ticket.equipmentFault;
    if (fault === null) return {};
    const parcels = trackingNumber === null ? fault.parcels : union(fault.parcels, [trackingNumber]);
    return { equipmentFault: { ...fault, dispatchedAt: fault.dispatchedAt ?? at, parcels } };
  },
  ReplacementDelivered: (ticket, _data, at) => {
    const fault = ticket.equipmentFault;
    return fault === null ? {} : { equipmentFault: { ...fault, deliveredAt: fault.deliveredAt ?? at } };
  },
  OnSiteVisitDetermined: (ticket, _data, at) =>
    ticket.onSiteVisit !== null && ticket.onSiteVisit.arrivedAt === null
      ? {}
      : { onSiteVisit: { determinedAt: at, arrivedAt: null } },
  EngineerArrived: (ticket, _data, at) => {
    const visit = ticket.onSiteVisit;
    return visit === null ? {} : { onSiteVisit: { ...visit, arrivedAt: visit.arrivedAt ?? at } };
  },
  ServiceRestored: (ticket, _data, at) => ({ restoredAt: ticket.restoredAt ?? at }),
  TicketResolved: (ticket, _data, at) =>
    ticket.state === 'open' ? { ...ending, ...enter(ticket, 'resolved'), resolvedAt: at } : {},
  TicketClosed: (ticket, _data, at) =>
    ticket.state === 'open' || ticket.state === 'resolved'
      ? { ...ending, ...enter(ticket, 'closed'), closedAt: at }
      : {},
  TicketDeclined: (ticket, _data, at) =>
    ticket.state === 'open' ? { ...ending, ...enter(ticket, 'declined'), declinedAt: at } : {},
  TicketReopened: (ticket, _data, at) =>
    ticket.state === 'open'
      ? {}
      : {
          ...enter(ticket, 'open'),
          reopenedAt: at,
          restoredAt: null,
          resolvedAt: null,
          closedAt: null,
          declinedAt: null,
        },
  CallLinked: (ticket, { call, outcome }) => ({ calls: link(ticket.calls, call, outcome) }),
  // To the hundredth: sums of fractions drift otherwise.
  WorkLogged: (ticket, { minutes }) => ({
    workedMinutes: Math.round((ticket.workedMinutes + minutes) * 100) / 100,
  }),
  TurnaroundAgreed: (_ticket, { dueAt }) => ({ turnaroundDueAt: dueAt }),
  TicketMarkedOutOfScope: (ticket, { reason }) => ({ outOfScope: ticket.outOfScope ?? reason }),
  CustomerIdentified: (_ticket, { customerId, contactId, coverage, priority }) => ({
    customerId,
    contactId,
    candidateCustomerIds: [],
    coverage,
    priority,
  }),
  DeadlineReplanned: (ticket, { cause }) =>
    cause.kind === 'contract' && ticket.coverage.standing !== 'active' ? { recovered: true } : {},
  SlaTargetMissed: null,
  SlaBreached: null,
  SlaBreachRetracted: null,
};

/**
 * Events that count by their type and their instants alone: their data, most of it text, change neither the ticket nor
 * its clocks.
 */
export const typesReadWithoutData = typesWhere(({ readsData }) => !readsData);

/**
 * The ticket after one more event; `null` is a ticket that is not there yet. An event whose effect is there already,
 * or that its state has no room for, changes nothing but the version: so events can be read in the order in which
 * they happened even where they were recorded in another. Throws `TicketStreamBroken`.
 */
export function evolve(ticket: Ticket | null, event: TicketEvent): Ticket {
  if (ticket !== null) return evolveInPlace({ ...ticket }, event);
  if (event.type !== 'TicketOpened')
    throw new TicketStreamBroken(event.ticketId, event.version, `${event.type} comes before its opening`);
  return open(event);
}

/**
 * As `evolve`, of a ticket that no one else holds: a rebuild reads millions of events. Throws `TicketStreamBroken`.
 */
export function evolveInPlace(ticket: Ticket, event: TicketEvent): Ticket {
  if (event.type === 'TicketOpened')
    throw new TicketStreamBroken(event.ticketId, event.version, 'it opens twice');
  const effect = effects[event.type] as
    | ((ticket: Ticket, data: TicketEvent['data'], at: string) => Partial<Ticket>)
    | null;
  if (effect !== null) Object.assign(ticket, effect(ticket, event.data, event.occurredAt));
  ticket.version = Math.max(ticket.version, event.version);
  ticket.position = Math.max(ticket.position, event.position);
  if (eventTraits[event.type].leadsTo !== null)
    ticket.settledAt = laterOf(ticket.settledAt, event.occurredAt);
  ticket.latestAt = laterOf(ticket.latestAt, event.occurredAt);
  ticket.updatedAt = laterOf(ticket.updatedAt, event.recordedAt);
  return ticket;
}

/** Field by field: there are as many as tickets. */
function open(event: Extract<TicketEvent, { type: 'TicketOpened' }>): Ticket {
  const { data } = event;
  const { call } = data;
  return {
    id: event.ticketId,
    reference: data.reference,
    version: event.version,
    position: event.position,
    state: 'open',
    transitions: 1,
    settledAt: event.occurredAt,
    customerId: data.customerId,
    candidateCustomerIds: data.candidateCustomerIds,
    contactId: data.contactId,
    coverage: data.coverage,
    priority: data.priority,
    channel: data.channel,
    subject: data.subject,
    description: data.description,
    caller: data.caller,
    email: data.email,
    refersToTicketId: data.refersToTicketId,
    assignee: null,
    outOfScope: null,
    recovered: false,
    holds: [],
    equipmentFault: null,
    onSiteVisit: null,
    turnaroundDueAt: null,
    openedAt: event.occurredAt,
    acknowledgedAt: null,
    interventionStartedAt: null,
    restoredAt: null,
    resolvedAt: null,
    closedAt: null,
    declinedAt: null,
    reopenedAt: null,
    lastReplyFrom: null,
    lastReplyAt: null,
    calls: call === null ? [] : link([], call, null),
    workedMinutes: 0,
    latestAt: event.occurredAt,
    updatedAt: event.recordedAt,
  };
}

export function isHeld(ticket: Ticket, reason: HoldReason): boolean {
  return ticket.holds.some((hold) => hold.reason === reason);
}

function enter(ticket: Ticket, state: TicketState): Partial<Ticket> {
  return { state, transitions: ticket.transitions + 1 };
}

/** One entry for each call; what is known of its outcome later is added to it. */
function link(calls: readonly LinkedCall[], call: CallReference, outcome: string | null): LinkedCall[] {
  const isSame = (other: LinkedCall) =>
    other.integrationId === call.integrationId && other.callId === call.callId;
  const known = calls.find(isSame);
  const linked = { ...call, outcome: outcome ?? known?.outcome ?? null };
  return known === undefined ? [...calls, linked] : calls.map((other) => (isSame(other) ? linked : other));
}

function union(some: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...some, ...more])];
}
