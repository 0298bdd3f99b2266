import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import {
  ApiKey,
  ApiKeyRequest,
  CalendarException,
  CalendarExceptionRequest,
  Contract,
  ContractRequest,
  Customer,
  CustomerRequest,
  IntegrationRequest,
  OnCallRequest,
  readContactNumbers,
  SubscriptionRequest,
  toCalendarException,
  toContract,
  toCustomer as toCustomerWith,
} from './index.ts';

/** The paths of what is at fault, as `/a/0/b`. */
function faults(schema: z.ZodType, body: unknown): string[] {
  const parsed = schema.safeParse(body);
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => `/${path.join('/')}`);
}

function numbersOf(request: CustomerRequest): string[][] {
  const read = readContactNumbers(request);
  if ('faults' in read) throw new Error('a number is invalid');
  return read.numbers;
}
const toCustomer = (request: CustomerRequest, present: Customer | null, newId: () => string) =>
  toCustomerWith(request, numbersOf(request), present, newId);

describe('a customer', () => {
  const contacts = [
    { name: 'Reception', phones: ['020 7946 0000', '+33 1 23 45 67 89'], emails: ['Desk@Bakery.example'] },
    { id: 'owner', name: 'Emma' },
  ];
  const ids = () => {
    let count = 0;
    return () => `new-${++count}`;
  };

  it('gets worldwide numbers and ids for its contacts', () => {
    const request = CustomerRequest.parse({ name: 'Corner Bakery', country: 'GB', contacts });
    const customer = Customer.parse(toCustomer(request, null, ids()));
    expect(customer.contacts).toEqual([
      {
        id: 'new-1',
        name: 'Reception',
        phones: [
          { raw: '020 7946 0000', e164: '+442079460000' },
          { raw: '+33 1 23 45 67 89', e164: '+33123456789' },
        ],
        emails: ['Desk@Bakery.example'],
      },
      { id: 'owner', name: 'Emma', phones: [], emails: [] },
    ]);
    expect(toCustomer(request, customer, ids())).toEqual(customer);
  });

  it('never gives one id to two contacts', () => {
    const request = CustomerRequest.parse({
      name: 'Corner Bakery',
      contacts: [{ name: 'Emma' }, { name: 'Emma' }, { id: 'new-1', name: 'Christopher' }],
    });
    const present = toCustomer(
      CustomerRequest.parse({ name: 'x', contacts: [{ name: 'Emma' }] }),
      null,
      ids(),
    );
    let count = 1;
    const customer = toCustomer(request, present, () => `new-${++count}`);
    expect(new Set(customer.contacts.map(({ id }) => id)).size).toBe(3);
  });

  it.each([
    [{ name: 'x', contacts: [{ name: 'y', emails: ['nobody'] }] }, '/contacts/0/emails/0'],
    [
      {
        name: 'x',
        contacts: [
          { id: 'a', name: 'y' },
          { id: 'a', name: 'z' },
        ],
      },
      '/contacts/1/id',
    ],
    [{ name: 'x', country: 'United Kingdom' }, '/country'],
    [{ name: '' }, '/name'],
    [{ name: 'a\0b' }, '/name'],
  ])('%j is refused at %s', (body, path) => {
    expect(faults(CustomerRequest, body)).toEqual([path]);
  });

  it.each([
    [{ contacts: [{ phones: [] }, { phones: ['+442079460000', '101'] }], country: 'GB' }, 1, 1],
    [{ contacts: [{ phones: ['020 7946 0000'] }] }, 0, 0],
    [{ contacts: [{ phones: ['anonymous'] }], country: 'GB' }, 0, 0],
  ])('%j has its wrong number named', (request, contact, place) => {
    expect(readContactNumbers(request)).toEqual({
      faults: [
        {
          path: ['contacts', contact, 'phones', place],
          message: expect.stringContaining(
            `"${request.contacts[contact]?.phones[place]}" is not a telephone`,
          ),
        },
      ],
    });
  });

  it('has at most 5,000 numbers and addresses', () => {
    const contact = (count: number) => ({
      name: 'y',
      phones: Array(count / 2).fill('+442079460000'),
      emails: Array(count / 2).fill('desk@bakery.example'),
    });
    const most = { name: 'x', contacts: Array(50).fill(contact(100)) };
    expect(faults(CustomerRequest, most)).toEqual([]);
    const contacts = [...most.contacts, contact(2)];
    expect(faults(CustomerRequest, { ...most, contacts })).toEqual(['/contacts']);
  });

  it('takes no field that it does not know', () => {
    expect(CustomerRequest.safeParse({ name: 'x', contacts: [], vip: true }).success).toBe(false);
  });
});

describe('a contract', () => {
  const body = { customerId: 'corner-bakery', plan: 'cat-levels/cat-2' };

  it('refers to a catalog’s plan and is unbounded unless it says otherwise', () => {
    expect(Contract.parse(toContract(ContractRequest.parse(body)))).toEqual({
      customerId: 'corner-bakery',
      catalog: 'cat-levels',
      plan: 'cat-2',
      from: null,
      until: null,
      acceptedAt: null,
      paidAt: null,
    });
  });

  it('keeps its instants in UTC with milliseconds', () => {
    const request = ContractRequest.parse({ ...body, from: '2026-01-01T00:00:00+01:00', until: null });
    expect(toContract(request).from).toBe('2025-12-31T23:00:00.000Z');
  });

  it.each([
    [{ ...body, plan: 'cat-2' }, '/plan'],
    [{ ...body, customerId: 'a/b' }, '/customerId'],
    [{ ...body, from: '2026-01-01' }, '/from'],
    [{ ...body, from: '2026-01-01T00:00:00Z', until: '2026-01-01T00:00:00Z' }, '/until'],
  ])('%j is refused at %s', (request, path) => {
    expect(faults(ContractRequest, request)).toEqual([path]);
  });
});

describe('a calendar exception', () => {
  it('opens in the windows that it names', () => {
    const request = CalendarExceptionRequest.parse({
      date: '2026-12-24',
      hours: [['09:00', '12:00']],
      reason: 'Christmas Eve',
    });
    expect(CalendarException.parse(toCalendarException('cat-levels/working', request))).toMatchObject({
      calendar: 'cat-levels/working',
      hours: [['09:00', '12:00']],
    });
  });

  it.each([
    [{ date: '2026-02-30', hours: [], reason: 'x' }, '/date'],
    [{ date: '2026-12-24', hours: [['9', '12']], reason: 'x' }, '/hours/0/0'],
    [{ date: '2026-12-24', hours: [], reason: '' }, '/reason'],
  ])('%j is refused at %s', (body, path) => {
    expect(faults(CalendarExceptionRequest, body)).toContain(path);
  });
});

describe('the others', () => {
  const integration = { adapter: 'zammad', name: 'PBX', defaultCountry: 'GB', timeZone: 'Europe/London' };
  const webhook = { channel: 'webhook', name: 'Portal', url: 'https://portal.example/hook' };
  const key = { name: 'Portal', scopes: ['tickets:read'] };

  it.each([
    [IntegrationRequest, { ...integration, timeZone: '+01:00' }, '/timeZone'],
    [IntegrationRequest, { ...integration, timeZone: 'Europe/Atlantis' }, '/timeZone'],
    [IntegrationRequest, { ...integration, defaultCountry: 'gb' }, '/defaultCountry'],
    [SubscriptionRequest, { ...webhook, url: undefined }, '/url'],
    [SubscriptionRequest, { ...webhook, url: 'file:///etc/passwd' }, '/url'],
    [SubscriptionRequest, { ...webhook, email: 'a@b.example' }, '/email'],
    [SubscriptionRequest, { ...webhook, eventTypes: ['TicketExploded'] }, '/eventTypes/0'],
    [SubscriptionRequest, { channel: 'email', name: 'x' }, '/email'],
    [OnCallRequest, { priorities: ['urgent'] }, '/email'],
    [OnCallRequest, { priorities: [], email: 'a@b.example' }, '/priorities'],
    [ApiKeyRequest, { ...key, scopes: [] }, '/scopes'],
    [ApiKeyRequest, { ...key, customerId: 'x', scopes: ['tickets:read', 'administration'] }, '/scopes/1'],
    [ApiKeyRequest, { ...key, expiresAt: 'soon' }, '/expiresAt'],
  ])('are refused where they are at fault (%#)', (schema, body, path) => {
    expect(faults(schema, body)).toEqual([path]);
  });

  it('have defaults', () => {
    expect(IntegrationRequest.parse(integration)).toMatchObject({ catalog: null, priority: null });
    expect(SubscriptionRequest.parse(webhook)).toMatchObject({ eventTypes: [], enabled: true, email: null });
    expect(ApiKey.parse({ ...ApiKeyRequest.parse(key), hash: 'x' })).toMatchObject({ customerId: null });
  });
});
