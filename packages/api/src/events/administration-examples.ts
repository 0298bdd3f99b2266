import {
  type AdministrationEventData,
  type AdministrationEventType,
  targetsOf,
} from '@ringback/domain/administration';
import type { Described } from './ticket-examples.ts';

const calendar = 'cat-levels/working';
const sealed = 'c2VhbGVkIGJ5IFNFQ1JFVF9LRVk=';
const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

/** Every event of the administration, described. A `…Defined` carries the whole new state. */
export const administrationExamples: {
  [T in AdministrationEventType]: Described<AdministrationEventData<T>>;
} = {
  CustomerDefined: {
    summary: 'A customer and its contacts.',
    example: {
      name: 'Corner Bakery',
      contacts: [
        {
          id: 'reception',
          name: 'Reception',
          phones: [{ raw: '020 7946 0000', e164: '+442079460000' }],
          emails: ['reception@bakery.example'],
        },
      ],
    },
  },
  ContractDefined: {
    summary: 'A customer’s contract; `from` inclusive, `until` exclusive.',
    example: {
      customerId: 'corner-bakery',
      catalog: 'set-rate-contract',
      plan: 'set-rate',
      from: '2026-01-01T00:00:00.000Z',
      until: '2027-01-01T00:00:00.000Z',
      acceptedAt: '2025-12-12T10:00:00.000Z',
      paidAt: '2025-12-19T10:00:00.000Z',
    },
  },
  CatalogPublished: {
    summary: 'A version of a provider’s catalog, whole.',
    example: { version: 2, digest: hash, content: { catalog: 'cat-levels', name: 'Cat levels' } },
  },
  CalendarExceptionAdded: {
    summary: 'A date has other hours; none: closed.',
    example: { calendar, date: '2026-12-24', hours: [['09:00', '12:00']], reason: 'Christmas Eve' },
  },
  CalendarExceptionRemoved: {
    summary: 'A date has its usual hours again.',
    example: { calendar, date: '2026-12-24' },
  },
  CalendarFeedDefined: {
    summary: 'A calendar follows an iCalendar feed.',
    example: { calendar, url: 'https://provider.example/closures.ics' },
  },
  CalendarFeedRemoved: { summary: 'A calendar follows its feed no longer.', example: { calendar } },
  IntegrationDefined: {
    summary: 'A phone system or a monitoring that may send.',
    example: {
      adapter: 'zammad-cti',
      name: 'Main PBX',
      tokenHash: hash,
      defaultCountry: 'GB',
      timeZone: 'Europe/London',
      catalog: 'set-rate-contract',
      priority: null,
    },
  },
  IntegrationRemoved: { summary: 'It may send no longer.', example: {} },
  SubscriptionDefined: {
    summary: 'Who receives which events.',
    example: {
      channel: 'webhook',
      name: 'Portal',
      ...targetsOf({ url: 'https://portal.example/hooks/ringback' }),
      eventTypes: [],
      customerId: null,
      secret: sealed,
      enabled: true,
    },
  },
  SubscriptionRemoved: { summary: 'It receives no further events.', example: {} },
  OnCallDefined: {
    summary: 'Who is alerted to new tickets of these priorities.',
    example: {
      catalog: 'set-rate-contract',
      priorities: ['urgent'],
      ...targetsOf({ email: 'standby@provider.example' }),
      secret: null,
    },
  },
  OnCallRemoved: { summary: 'Is called no longer.', example: {} },
  ApiKeyCreated: {
    summary: 'A key that lets in; the key itself is nowhere.',
    example: { name: 'Portal', hash, scopes: ['tickets:read'], customerId: 'corner-bakery', expiresAt: null },
  },
  ApiKeyRevoked: { summary: 'A key that lets in no longer.', example: {} },
};
