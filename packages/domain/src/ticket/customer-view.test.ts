import { describe, expect, it } from 'vitest';
import { dataForCustomer, ticketForCustomer } from './customer-view.ts';
import type { TicketRepresentation } from './representation.ts';

describe('what a customer reads of its ticket', () => {
  it('does not tell whose it could have been', () => {
    const opening = {
      customerId: null,
      candidateCustomerIds: ['bakery', 'dentist'],
      subject: 'No dial tone',
    };
    expect(dataForCustomer(opening, 'bakery')).toEqual({ ...opening, candidateCustomerIds: [] });
  });

  it('is without the remarks that staff keep with what they do', () => {
    const held = { reason: 'awaiting-customer', note: 'never answers before noon' };
    expect(dataForCustomer(held, 'bakery')).toEqual({ reason: 'awaiting-customer', note: null });
  });

  it('does not tell who it was taken for', () => {
    const coverage = { contractId: 'dentist-1', standing: 'active' };
    const identified = { customerId: 'dentist', contactId: 'reception', coverage, priority: 'normal' };
    expect(dataForCustomer(identified, 'bakery')).toEqual({
      customerId: null,
      contactId: null,
      coverage: { contractId: null, standing: 'active' },
      priority: 'normal',
    });
    expect(dataForCustomer(identified, 'dentist')).toEqual(identified);
    expect(dataForCustomer({ text: 'No dial tone' }, 'bakery')).toEqual({ text: 'No dial tone' });
  });

  it('is the same for the ticket as it stood', () => {
    const ticket = {
      customerId: 'dentist',
      candidateCustomerIds: ['bakery'],
      contactId: 'reception',
      contract: { id: 'dentist-1', standing: 'active' },
      subject: 'No dial tone',
    } as unknown as TicketRepresentation;
    const { subject } = ticket;
    expect(ticketForCustomer(ticket, 'bakery')).toEqual({
      customerId: null,
      candidateCustomerIds: [],
      contactId: null,
      contract: null,
      subject,
    });
    expect(ticketForCustomer(ticket, 'dentist')).toEqual({ ...ticket, candidateCustomerIds: [] });
  });
});
