import * as z from 'zod';
import { Instant } from '../ticket/vocabulary.ts';
import { NotificationChannel, storedTargets } from './notification-channels.ts';

/** An aggregate of the administration: its stream id is `<kind>:<id>`. */
export const administrationKinds = [
  'customer',
  'contract',
  'catalog',
  'calendar',
  'integration',
  'subscription',
  'on-call',
  'api-key',
] as const;
export type AdministrationKind = (typeof administrationKinds)[number];

/** What an API key may do. `administration` includes every other scope. */
export const scopes = ['tickets:read', 'tickets:write', 'operations', 'administration'] as const;
export type Scope = (typeof scopes)[number];
export const Scope = z.enum(scopes);

/** A secret at rest: AES-256-GCM, base64; opened only by the service that uses it. */
const Sealed = z.string();

export const Contact = z.strictObject({
  id: z.string(),
  name: z.string(),
  phones: z.array(z.strictObject({ raw: z.string(), e164: z.string() })),
  emails: z.array(z.string()),
});
export type Contact = z.infer<typeof Contact>;

export const Customer = z.strictObject({ name: z.string(), contacts: z.array(Contact) });
export type Customer = z.infer<typeof Customer>;

/** `from` inclusive, `until` exclusive; null is unbounded. `acceptedAt`, `paidAt`: where the plan asks for them. */
export const Contract = z.strictObject({
  customerId: z.string(),
  catalog: z.string(),
  plan: z.string(),
  from: Instant.nullable(),
  until: Instant.nullable(),
  acceptedAt: Instant.nullable(),
  paidAt: Instant.nullable(),
});
export type Contract = z.infer<typeof Contract>;

export const Integration = z.strictObject({
  adapter: z.string(),
  name: z.string(),
  /** SHA-256 (hex) of the unguessable token that stands in the webhook's URL. */
  tokenHash: z.string(),
  /** ISO 3166 alpha-2: national numbers are read in it. */
  defaultCountry: z.string(),
  timeZone: z.string(),
  /** Catalog and priority of tickets whose caller has no contract; null: the catalog's default priority. */
  catalog: z.string().nullable(),
  priority: z.string().nullable(),
  /** Absent or null: any number. */
  requestsPerMinute: z.int().positive().nullable().optional(),
});
export type Integration = z.infer<typeof Integration>;

export const Subscription = z.strictObject({
  channel: NotificationChannel,
  name: z.string(),
  ...storedTargets,
  /** Ticket event types; empty: warnings, breaches and retractions. */
  eventTypes: z.array(z.string()),
  customerId: z.string().nullable(),
  secret: Sealed.nullable(),
  enabled: z.boolean(),
});
export type Subscription = z.infer<typeof Subscription>;

/** Who is alerted when a ticket of these priorities opens. */
export const OnCall = z.strictObject({
  catalog: z.string().nullable(),
  priorities: z.array(z.string()),
  ...storedTargets,
  secret: Sealed.nullable(),
});
export type OnCall = z.infer<typeof OnCall>;

export const ApiKey = z.strictObject({
  name: z.string(),
  /** SHA-256 (hex) of the key. The key itself is nowhere. */
  hash: z.string(),
  scopes: z.array(Scope),
  /** Set: a portal's key, which sees and writes this customer's tickets only. */
  customerId: z.string().nullable(),
  expiresAt: Instant.nullable(),
  /** Absent or null: what the configuration says; none for keys with the scope `administration`. */
  requestsPerMinute: z.int().positive().nullable().optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;

export const CalendarException = z.strictObject({
  /** `catalog/calendar`. */
  calendar: z.string(),
  date: z.iso.date(),
  /** Open windows of that date, local wall-clock; empty: closed all day. */
  hours: z.array(z.tuple([z.string(), z.string()])),
  reason: z.string(),
  /** Who keeps it: absent, somebody added it; `feed`, it follows the calendar's feed. */
  source: z.literal('feed').optional(),
});
export type CalendarException = z.infer<typeof CalendarException>;

/** An iCalendar feed whose closures become exceptions of a calendar. */
export const CalendarFeed = z.strictObject({
  /** `catalog/calendar`. */
  calendar: z.string(),
  url: z.string(),
});
export type CalendarFeed = z.infer<typeof CalendarFeed>;

/** Each `…Defined` event carries the whole new state of its aggregate. */
export const administrationEventSchemas = {
  CustomerDefined: { v: 1, kind: 'customer', data: Customer },
  ContractDefined: { v: 1, kind: 'contract', data: Contract },
  /** `content`: the validated catalog as JSON; `version` counts from 1. */
  CatalogPublished: {
    v: 1,
    kind: 'catalog',
    data: z.strictObject({
      version: z.int().positive(),
      digest: z.string(),
      content: z.record(z.string(), z.unknown()),
    }),
  },
  CalendarExceptionAdded: { v: 1, kind: 'calendar', data: CalendarException },
  CalendarExceptionRemoved: {
    v: 1,
    kind: 'calendar',
    data: z.strictObject({ calendar: z.string(), date: z.iso.date() }),
  },
  CalendarFeedDefined: { v: 1, kind: 'calendar', data: CalendarFeed },
  CalendarFeedRemoved: { v: 1, kind: 'calendar', data: z.strictObject({ calendar: z.string() }) },
  IntegrationDefined: { v: 1, kind: 'integration', data: Integration },
  IntegrationRemoved: { v: 1, kind: 'integration', data: z.strictObject({}) },
  SubscriptionDefined: { v: 1, kind: 'subscription', data: Subscription },
  SubscriptionRemoved: { v: 1, kind: 'subscription', data: z.strictObject({}) },
  OnCallDefined: { v: 1, kind: 'on-call', data: OnCall },
  OnCallRemoved: { v: 1, kind: 'on-call', data: z.strictObject({}) },
  ApiKeyCreated: { v: 1, kind: 'api-key', data: ApiKey },
  ApiKeyRevoked: { v: 1, kind: 'api-key', data: z.strictObject({}) },
} as const;

export type AdministrationEventType = keyof typeof administrationEventSchemas;
export type AdministrationEventData<T extends AdministrationEventType> = z.infer<
  (typeof administrationEventSchemas)[T]['data']
>;
