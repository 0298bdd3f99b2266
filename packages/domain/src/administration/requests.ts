import * as z from 'zod';
import { DayHours } from '../catalog/catalog.ts';
import { toUtc } from '../common/instants.ts';
import { plainText } from '../common/plain-text.ts';
import { isCountry, parsePhoneNumber } from '../phone/index.ts';
import { type TicketEventType, ticketEventTypes } from '../ticket/events/events.ts';
import { Instant } from '../ticket/vocabulary.ts';
import { Email, Url } from './addresses.ts';
import { type CalendarException, type Contract, type Customer, Scope } from './events.ts';
import {
  NotificationChannel,
  notificationChannelNames,
  notificationChannels,
  requestedTargets,
  targetBy,
} from './notification-channels.ts';

/** An id that the caller chooses: it stands in a URL and in a stream's name. */
export const AdministrationId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._~-]{0,99}$/, 'letters, digits, and . _ ~ - after the first; at most 100')
  .meta({ description: 'Chosen by the caller.', example: 'corner-bakery' });

const Name = plainText(200);
const Country = z
  .string()
  .refine(isCountry, 'a country of ISO 3166, two capital letters')
  .meta({ description: 'National numbers are read in it.', example: 'GB' });
const TimeZone = z
  .string()
  .refine(isTimeZone, 'a time zone of the IANA database')
  .meta({ description: 'Times without a zone are read in it.', example: 'Europe/London' });
const CatalogName = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'the id of a catalog');

const ContactRequest = z.strictObject({
  id: AdministrationId.optional().meta({
    description: 'Default: that of the contact with this name, else a new one.',
    example: 'reception',
  }),
  name: Name.meta({ description: 'Who it is.', example: 'Reception' }),
  phones: z
    .array(plainText(100))
    .max(100)
    .default([])
    .meta({ description: 'International, or national in `country`.', example: ['020 7946 0000'] }),
  emails: z
    .array(Email)
    .max(100)
    .default([])
    .meta({ example: ['reception@bakery.example'] }),
});

/** Numbers and e-mail addresses of all contacts together: each is looked up when a call or a message comes. */
const mostAddresses = 5_000;

/** `PUT /v1/customers/{id}`; its numbers are checked by `readContactNumbers`. */
export const CustomerRequest = z
  .strictObject({
    name: Name.meta({ description: 'The customer’s.', example: 'Corner Bakery' }),
    country: Country.optional(),
    contacts: z
      .array(ContactRequest)
      .max(1_000)
      .default([])
      .meta({
        description: `With at most ${mostAddresses.toLocaleString('en')} numbers and e-mail addresses together.`,
      }),
  })
  .superRefine(({ contacts }, context) => {
    const count = contacts.reduce((sum, { phones, emails }) => sum + phones.length + emails.length, 0);
    if (count > mostAddresses) {
      const message = `the contacts have ${count} numbers and e-mail addresses; a customer has at most ${mostAddresses}`;
      context.addIssue({ code: 'custom', path: ['contacts'], message });
    }
    const seen = new Set<string>();
    contacts.forEach(({ id }, index) => {
      if (id !== undefined && seen.has(id)) {
        context.addIssue({
          code: 'custom',
          path: ['contacts', index, 'id'],
          message: `"${id}" is there twice`,
        });
      }
      if (id !== undefined) seen.add(id);
    });
  })
  .meta({ id: 'CustomerRequest', description: 'The whole customer: what is left out is gone.' });
export type CustomerRequest = z.output<typeof CustomerRequest>;

/** Each contact's numbers in E.164, in their order. */
export type ContactNumbers = string[][];

/**
 * Reads the numbers of a customer's contacts: a tenth of a millisecond for each. Answers those that are none with their
 * paths within the request instead, where there are any.
 */
export function readContactNumbers({
  contacts,
  country = null,
}: {
  contacts: readonly { phones: readonly string[] }[];
  country?: string | null | undefined;
}): { numbers: ContactNumbers } | { faults: { path: (string | number)[]; message: string }[] } {
  const hint =
    country === null ? 'write it with + and the country’s code, or give `country`' : `in ${country}`;
  const faults: { path: (string | number)[]; message: string }[] = [];
  const numbers = contacts.map(({ phones }, index) =>
    phones.map((phone, place) => {
      const { e164 } = parsePhoneNumber(phone, country);
      if (e164 !== null) return e164;
      const path = ['contacts', index, 'phones', place];
      faults.push({ path, message: `"${phone}" is not a telephone number: ${hint}` });
      return '';
    }),
  );
  return faults.length > 0 ? { faults } : { numbers };
}

/**
 * The customer that a request (already checked) asks for, with the numbers that were read from it. A contact without
 * an id keeps the one that it had under the same name; `newId` makes the ids of the others.
 */
export function toCustomer(
  request: CustomerRequest,
  numbers: ContactNumbers,
  present: Customer | null,
  newId: () => string,
): Customer {
  const taken = new Set(request.contacts.flatMap(({ id }) => id ?? []));
  const reuse = (name: string) => {
    const known = present?.contacts.find((contact) => contact.name === name && !taken.has(contact.id));
    const id = known?.id ?? newId();
    taken.add(id);
    return id;
  };
  return {
    name: request.name,
    contacts: request.contacts.map(({ id, name, phones, emails }, index) => ({
      id: id ?? reuse(name),
      name,
      phones: phones.map((raw, place) => ({ raw, e164: numbers[index]?.[place] as string })),
      emails,
    })),
  };
}

/** Addresses are compared without regard to case. */
export function normaliseEmail(address: string): string {
  return address.trim().toLowerCase();
}

/** `PUT /v1/contracts/{id}`. */
export const ContractRequest = z
  .strictObject({
    customerId: AdministrationId,
    plan: z
      .string()
      .regex(/^[a-z][a-z0-9-]{0,62}\/[a-z][a-z0-9-]{0,62}$/, 'catalog/plan')
      .meta({ description: '`catalog/plan`', example: 'cat-levels/cat-2' }),
    from: Instant.nullish().meta({
      description: 'Inclusive. Default: unbounded.',
      example: '2026-01-01T00:00:00.000Z',
    }),
    until: Instant.nullish().meta({
      description: 'Exclusive. Default: unbounded.',
      example: '2027-01-01T00:00:00.000Z',
    }),
    acceptedAt: Instant.nullish().meta({ description: 'When the quote was accepted.' }),
    paidAt: Instant.nullish().meta({ description: 'When it was paid in full.' }),
  })
  .refine(({ from, until }) => isAbsent(from) || isAbsent(until) || toUtc(from) < toUtc(until), {
    path: ['until'],
    message: 'must be after `from`',
  })
  .meta({ id: 'ContractRequest', description: 'The whole contract: what is left out is gone.' });
export type ContractRequest = z.output<typeof ContractRequest>;

export function toContract(request: ContractRequest): Contract {
  const [catalog = '', plan = ''] = request.plan.split('/');
  const { customerId, from, until, acceptedAt, paidAt } = request;
  const utc = (instant: string | null | undefined) => (isAbsent(instant) ? null : toUtc(instant));
  return {
    customerId,
    catalog,
    plan,
    from: utc(from),
    until: utc(until),
    acceptedAt: utc(acceptedAt),
    paidAt: utc(paidAt),
  };
}

/** `POST /v1/calendars/{id}/exceptions`. */
export const CalendarExceptionRequest = z
  .strictObject({
    date: z.iso
      .date({ abort: true })
      .refine((date) => date >= '1970' && date < '2200', 'must lie in the years 1970 to 2199')
      .meta({ description: 'A local date.', example: '2026-12-28' }),
    hours: DayHours.meta({
      description: 'The open windows of that date; none: closed.',
      example: [['09:00', '12:00']],
    }),
    reason: plainText(500).meta({ description: 'Shown with what it moves.', example: 'Office shutdown' }),
  })
  .meta({
    id: 'CalendarExceptionRequest',
    description: 'Replaces the whole date, holiday or not, and re-plans every open clock it touches.',
  });
export type CalendarExceptionRequest = z.output<typeof CalendarExceptionRequest>;

/** `calendar` is `catalog/calendar`. */
export function toCalendarException(calendar: string, request: CalendarExceptionRequest): CalendarException {
  return { calendar, ...request };
}

/** `PUT /v1/calendars/{id}/feed`. */
export const CalendarFeedRequest = z
  .strictObject({ url: Url.meta({ example: 'https://office.example/closures.ics' }) })
  .meta({ id: 'CalendarFeedRequest', description: 'An iCalendar feed of closures.' });

/** What is asked of an integration; its token is made by the service. */
export const IntegrationRequest = z
  .strictObject({
    adapter: plainText(100).meta({ description: 'Whose dialect is spoken.', example: 'zammad-cti' }),
    name: Name.meta({ example: 'Main PBX' }),
    defaultCountry: Country,
    timeZone: TimeZone,
    catalog: CatalogName.nullable().default(null).meta({
      description: 'Of tickets whose caller has no contract.',
      example: 'cat-levels',
    }),
    priority: Name.nullable().default(null).meta({
      description: 'Of tickets whose caller has no contract. Default: the catalog’s.',
      example: 'normal',
    }),
    requestsPerMinute: z.int().min(1).max(100_000_000).nullable().default(null).meta({
      description: 'Deliveries that are accepted in a minute. Default: any number, so that no call is lost.',
      example: 6_000,
    }),
  })
  .meta({ id: 'IntegrationRequest', description: 'A phone system or a monitoring system.' });
export type IntegrationRequest = z.output<typeof IntegrationRequest>;

const EventType = z.enum(ticketEventTypes as [TicketEventType, ...TicketEventType[]]);

/** What is asked of a subscription; a webhook's secret is made by the service. */
export const SubscriptionRequest = z
  .strictObject({
    channel: NotificationChannel,
    name: Name.meta({ example: 'Portal' }),
    ...requestedTargets,
    eventTypes: z
      .array(EventType)
      .max(100)
      .default([])
      .meta({
        description: 'Default: warnings, breaches and retractions.',
        example: ['SlaBreached'],
      }),
    customerId: AdministrationId.nullable()
      .default(null)
      .meta({
        description:
          'Only this customer’s tickets, as the customer may read them: without the events between staff, and without ' +
          'what staff note with theirs.',
      }),
    enabled: z.boolean().default(true),
  })
  .superRefine((given, context) => {
    const { channel } = given;
    for (const name of notificationChannelNames) {
      const { target } = notificationChannels[name];
      const fault =
        name === channel
          ? given[target] === null && 'is needed by'
          : given[target] !== null && 'has no use in';
      if (fault !== false)
        context.addIssue({ code: 'custom', path: [target], message: `${fault} the channel ${channel}` });
    }
  })
  .meta({ id: 'SubscriptionRequest', description: 'Who receives which events.' });
export type SubscriptionRequest = z.output<typeof SubscriptionRequest>;

export const OnCallRequest = z
  .strictObject({
    catalog: CatalogName.nullable().default(null).meta({ description: 'Default: every catalog.' }),
    priorities: z
      .array(Name)
      .min(1)
      .max(100)
      .meta({ example: ['urgent'] }),
    ...requestedTargets,
  })
  .refine((given) => notificationChannelNames.some((channel) => targetBy(channel, given) !== null), {
    path: ['email'],
    message: 'give an e-mail address, a URL, or both',
  })
  .meta({ id: 'OnCallRequest', description: 'Who is alerted when a ticket of these priorities opens.' });
export type OnCallRequest = z.output<typeof OnCallRequest>;

/** What is asked of an API key; the key itself is made by the service and shown once. */
export const ApiKeyRequest = z
  .strictObject({
    name: Name.meta({ example: 'Portal' }),
    scopes: z
      .array(Scope)
      .min(1)
      .max(4)
      .refine((scopes) => new Set(scopes).size === scopes.length, 'each scope once')
      .meta({ example: ['tickets:read', 'tickets:write'] }),
    customerId: AdministrationId.nullable().default(null).meta({
      description: 'Sees and writes this customer’s tickets only.',
    }),
    expiresAt: Instant.nullable().default(null).meta({ description: 'In the future. Default: never.' }),
    requestsPerMinute: z.int().min(1).max(100_000_000).nullable().default(null).meta({
      description:
        'Default: `REQUESTS_PER_MINUTE` of the configuration; none with the scope `administration`.',
      example: 6_000,
    }),
  })
  .superRefine(({ scopes, customerId }, context) => {
    if (customerId === null) return;
    scopes.forEach((scope, index) => {
      if (scope === 'tickets:read' || scope === 'tickets:write') return;
      const message = `"${scope}" reaches beyond one customer: leave it or customerId out`;
      context.addIssue({ code: 'custom', path: ['scopes', index], message });
    });
  })
  .meta({ id: 'ApiKeyRequest', description: 'Access for a system.' });
export type ApiKeyRequest = z.output<typeof ApiKeyRequest>;

function isAbsent(value: string | null | undefined): value is null | undefined {
  return value === null || value === undefined;
}

/** `Intl` takes bare offsets too, which know no daylight saving. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
