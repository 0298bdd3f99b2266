import type { Metric, TicketState } from '../vocabulary.ts';
import { type TicketEventType, ticketEventTypes } from './events.ts';

interface ClockTraits {
  /**
   * What the timer records with it about a clock. Null: it happened in the world, and clocks are computed from it.
   * All but `replanning` are also published to the topic of breaches.
   */
  verdict: 'warning' | 'breach' | 'retraction' | 'replanning' | null;
  /** The objectives whose open clocks it meets: only what a person of the provider has done meets one. */
  meets: readonly Metric[];
  /** The objectives whose clocks it starts where none is open, whatever was met before. */
  starts: readonly Metric[];
  /** What the clocks read of its data. Null: its type and its instant alone count. */
  data: 'coverage' | 'priority' | 'reason' | 'dueAt' | null;
}

interface CommonTraits {
  /** The fold of a ticket, its clocks or a read model reads the data. False: a rebuild leaves it out. */
  readsData: boolean;
  /** What it sets of the facts that others keep about a ticket without folding it. */
  sets: readonly ('customer' | 'priority' | 'subject' | 'assignee')[];
  /** A person has attended to the caller: a further call is about something new. */
  answersCaller: boolean;
}

/** What has to be known about a type of event. A new type compiles only once each trait is answered for it. */
export type EventTraits = CommonTraits &
  (
    | {
        /** Who may read events of this type. */
        visibility: 'everyone';
        /** The state that the ticket enters with it. */
        leadsTo: TicketState | null;
        clocks: ClockTraits;
      }
    // What moves a clock is never hidden: a customer reads explanations, and they name it as a cause.
    | {
        visibility: 'staff';
        leadsTo: null;
        clocks: { verdict: null; meets: readonly []; starts: readonly []; data: null };
      }
  );

/** The traits of every type of event: the one place that says them. */
export const eventTraits = {
  TicketOpened: {
    ...{
      visibility: 'everyone',
      readsData: true,
      sets: ['customer', 'priority', 'subject'],
      leadsTo: 'open',
      answersCaller: false,
    },
    clocks: {
      verdict: null,
      meets: [],
      starts: ['response', 'intervention', 'restore', 'resolution', 'update'],
      data: 'coverage',
    },
  },
  TicketAcknowledged: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: true },
    clocks: { verdict: null, meets: ['response'], starts: [], data: null },
  },
  TicketAssigned: {
    ...{ visibility: 'staff', readsData: true, sets: ['assignee'], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  CustomerReplied: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  AgentReplied: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: true },
    clocks: { verdict: null, meets: ['response', 'update'], starts: ['update'], data: null },
  },
  NoteAdded: {
    ...{ visibility: 'staff', readsData: false, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  PriorityChanged: {
    ...{ visibility: 'everyone', readsData: true, sets: ['priority'], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: 'priority' },
  },
  ClockHeld: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: 'reason' },
  },
  ClockReleased: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: 'reason' },
  },
  InterventionStarted: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: true },
    clocks: { verdict: null, meets: ['response', 'intervention'], starts: [], data: null },
  },
  EquipmentFaultDetermined: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: ['response'], starts: ['replacement'], data: null },
  },
  ReplacementDispatched: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: ['response'], starts: [], data: null },
  },
  ReplacementDelivered: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: ['response', 'replacement'], starts: [], data: null },
  },
  OnSiteVisitDetermined: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: ['response'], starts: ['on-site'], data: null },
  },
  EngineerArrived: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: ['response', 'intervention', 'on-site'], starts: [], data: null },
  },
  ServiceRestored: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: ['response', 'intervention', 'restore'], starts: [], data: null },
  },
  TicketResolved: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: 'resolved', answersCaller: false },
    clocks: {
      verdict: null,
      meets: ['response', 'intervention', 'restore', 'resolution', 'update'],
      starts: [],
      data: null,
    },
  },
  TicketReopened: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: 'open', answersCaller: false },
    clocks: { verdict: null, meets: [], starts: ['update'], data: null },
  },
  TicketClosed: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: 'closed', answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  TicketDeclined: {
    ...{ visibility: 'everyone', readsData: false, sets: [], leadsTo: 'declined', answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  CallLinked: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  WorkLogged: {
    ...{ visibility: 'staff', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  TurnaroundAgreed: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: 'dueAt' },
  },
  TicketMarkedOutOfScope: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: null, meets: [], starts: [], data: null },
  },
  CustomerIdentified: {
    ...{
      visibility: 'everyone',
      readsData: true,
      sets: ['customer', 'priority'],
      leadsTo: null,
      answersCaller: false,
    },
    clocks: { verdict: null, meets: [], starts: [], data: 'coverage' },
  },
  DeadlineReplanned: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: 'replanning', meets: [], starts: [], data: null },
  },
  SlaTargetMissed: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: 'warning', meets: [], starts: [], data: null },
  },
  SlaBreached: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: 'breach', meets: [], starts: [], data: null },
  },
  SlaBreachRetracted: {
    ...{ visibility: 'everyone', readsData: true, sets: [], leadsTo: null, answersCaller: false },
    clocks: { verdict: 'retraction', meets: [], starts: [], data: null },
  },
} as const satisfies { readonly [T in TicketEventType]: EventTraits };

/** The types that a customer may read. */
export type VisibleType = {
  [T in TicketEventType]: (typeof eventTraits)[T]['visibility'] extends 'everyone' ? T : never;
}[TicketEventType];

/** The types of which the clocks read nothing but the type and the instant. */
export type TypeWithoutClockData = {
  [T in TicketEventType]: (typeof eventTraits)[T]['clocks']['data'] extends null ? T : never;
}[TicketEventType];

/** The types that the timer records. */
export type VerdictType = {
  [T in TicketEventType]: (typeof eventTraits)[T]['clocks']['verdict'] extends null ? never : T;
}[TicketEventType];

/** The types with a trait, in the order of `ticketEventSchemas`. */
export const typesWhere = (has: (traits: EventTraits) => boolean): TicketEventType[] =>
  ticketEventTypes.filter((type) => has(eventTraits[type]));

/** Warnings, breaches and retractions: what a subscription without `eventTypes` receives. */
export const breachTypes: readonly TicketEventType[] = typesWhere(
  ({ clocks: { verdict } }) => verdict !== null && verdict !== 'replanning',
);

/** Whether an event of this type can start, meet, hold, end or move a clock. */
export const movesClocks = ({ leadsTo, clocks: { verdict, meets, starts, data } }: EventTraits): boolean =>
  verdict === null && (leadsTo !== null || data !== null || meets.length > 0 || starts.length > 0);
