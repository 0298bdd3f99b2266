import * as z from 'zod';
import { Channel, HoldReason, Instant, Metric } from '../vocabulary.ts';

/** The plan that a ticket's clocks run under, and the catalog version that it was read from. */
export const PlanReference = z.strictObject({
  catalog: z.string(),
  catalogVersion: z.int().positive(),
  plan: z.string(),
});
export type PlanReference = z.infer<typeof PlanReference>;

/**
 * How the contract stood at the opening. Only `active` brings clocks; anything else makes the ticket chargeable
 * and queues it behind contract customers.
 */
export const standings = ['active', 'not-accepted', 'not-paid', 'not-started', 'ended', 'none'] as const;
export const Standing = z.enum(standings);
export type Standing = z.infer<typeof Standing>;

/** What a ticket was judged by: copied into the event, so that no one needs another stream to understand it. */
export const Coverage = z.strictObject({
  contractId: z.string().nullable(),
  standing: Standing,
  plan: PlanReference.nullable(),
  chargeable: z.boolean(),
});
export type Coverage = z.infer<typeof Coverage>;

export const Caller = z.strictObject({
  raw: z.string().nullable(),
  e164: z.string().nullable(),
  anonymous: z.boolean(),
  name: z.string().nullable(),
});
export type Caller = z.infer<typeof Caller>;

export const CallReference = z.strictObject({
  integrationId: z.string(),
  callId: z.string(),
  direction: z.enum(['in', 'out']),
});
export type CallReference = z.infer<typeof CallReference>;

const Text = z.string().max(65_536);
const Objective = z.strictObject({ objective: Metric, occurrence: z.int().positive() });
const Thresholds = z.strictObject({ targetAt: Instant.nullable(), dueAt: Instant.nullable() });

/** Every event that a ticket's stream can hold: type → current schema version and the schema of its data. */
export const ticketEventSchemas = {
  TicketOpened: {
    v: 1,
    data: z.strictObject({
      reference: z.string(),
      customerId: z.string().nullable(),
      /** Customers that the caller's number or address could belong to, when it is not exactly one. */
      candidateCustomerIds: z.array(z.string()),
      contactId: z.string().nullable(),
      coverage: Coverage,
      priority: z.string(),
      channel: Channel,
      subject: z.string().max(500),
      description: Text.nullable(),
      caller: Caller.nullable(),
      email: z.string().nullable(),
      call: CallReference.nullable(),
      refersToTicketId: z.string().nullable(),
    }),
  },
  TicketAcknowledged: { v: 1, data: z.strictObject({ note: Text.nullable() }) },
  TicketAssigned: { v: 1, data: z.strictObject({ assignee: z.string().nullable() }) },
  CustomerReplied: {
    v: 1,
    data: z.strictObject({ channel: Channel, text: Text, contactId: z.string().nullable() }),
  },
  AgentReplied: {
    v: 1,
    data: z.strictObject({ channel: Channel, text: Text.nullable(), call: CallReference.nullable() }),
  },
  NoteAdded: { v: 1, data: z.strictObject({ text: Text }) },
  PriorityChanged: { v: 1, data: z.strictObject({ priority: z.string(), previous: z.string() }) },
  ClockHeld: { v: 1, data: z.strictObject({ reason: HoldReason, note: Text.nullable() }) },
  ClockReleased: { v: 1, data: z.strictObject({ reason: HoldReason }) },
  InterventionStarted: { v: 1, data: z.strictObject({ note: Text.nullable() }) },
  EquipmentFaultDetermined: {
    v: 1,
    data: z.strictObject({ equipment: z.string().nullable(), note: Text.nullable() }),
  },
  ReplacementDispatched: {
    v: 1,
    data: z.strictObject({ carrier: z.string().nullable(), trackingNumber: z.string().nullable() }),
  },
  ReplacementDelivered: { v: 1, data: z.strictObject({ note: Text.nullable() }) },
  OnSiteVisitDetermined: { v: 1, data: z.strictObject({ note: Text.nullable() }) },
  EngineerArrived: { v: 1, data: z.strictObject({ engineer: z.string().nullable() }) },
  ServiceRestored: { v: 1, data: z.strictObject({ note: Text.nullable() }) },
  TicketResolved: { v: 1, data: z.strictObject({ resolution: Text.nullable() }) },
  TicketReopened: { v: 1, data: z.strictObject({ reason: Text.nullable() }) },
  TicketClosed: { v: 1, data: z.strictObject({ reason: Text.nullable() }) },
  TicketDeclined: { v: 1, data: z.strictObject({ reason: Text }) },
  CallLinked: {
    v: 1,
    data: z.strictObject({
      call: CallReference,
      from: Caller.nullable(),
      to: z.string().nullable(),
      outcome: z.string().nullable(),
    }),
  },
  WorkLogged: {
    v: 1,
    data: z.strictObject({
      minutes: z.number().positive(),
      kind: z.enum(['remote', 'on-site', 'travel']),
      role: z.string().nullable(),
      note: Text.nullable(),
    }),
  },
  TurnaroundAgreed: { v: 1, data: z.strictObject({ dueAt: Instant }) },
  TicketMarkedOutOfScope: { v: 1, data: z.strictObject({ reason: Text }) },
  CustomerIdentified: {
    v: 1,
    data: z.strictObject({
      customerId: z.string(),
      contactId: z.string().nullable(),
      coverage: Coverage,
      priority: z.string(),
    }),
  },
  DeadlineReplanned: {
    v: 1,
    data: Objective.extend({
      before: Thresholds,
      after: Thresholds,
      /** Thresholds that were missed already and would not have been as planned now; what was recorded stays. */
      notStanding: z.array(z.enum(['target', 'max'])).optional(),
      cause: z.strictObject({
        kind: z.enum(['calendar-exception', 'catalog', 'contract']),
        id: z.string().meta({
          description:
            '`catalog/calendar/date`, or `…/first..last` of exceptions that were recorded together; ' +
            '`catalog@version`; or the contract’s.',
        }),
        position: z.int(),
      }),
    }),
  },
  SlaTargetMissed: { v: 1, data: Objective.extend({ targetAt: Instant, targetMissedAt: Instant }) },
  SlaBreached: { v: 1, data: Objective.extend({ dueAt: Instant, breachedAt: Instant }) },
  /** `causeEventId`: the late evidence. The occurrence may breach again, at another instant. */
  SlaBreachRetracted: {
    v: 1,
    data: Objective.extend({ dueAt: Instant, breachedAt: Instant, causeEventId: z.string().nullable() }),
  },
} as const;

export type TicketEventType = keyof typeof ticketEventSchemas;
export const ticketEventTypes = Object.keys(ticketEventSchemas) as TicketEventType[];
export type TicketEventData<T extends TicketEventType> = z.infer<(typeof ticketEventSchemas)[T]['data']>;

/** An event that a decision produced: `occurredAt` null means "at the instant of recording". */
export type NewTicketEvent = {
  [T in TicketEventType]: { type: T; v: number; data: TicketEventData<T>; occurredAt: string | null };
}[TicketEventType];

/** An event as the log returns it, upcast to its current version. Instants are ISO 8601 UTC with milliseconds. */
export type TicketEvent = {
  [T in TicketEventType]: {
    type: T;
    v: number;
    data: TicketEventData<T>;
    id: string;
    ticketId: string;
    version: number;
    position: number;
    occurredAt: string;
    recordedAt: string;
  };
}[TicketEventType];
