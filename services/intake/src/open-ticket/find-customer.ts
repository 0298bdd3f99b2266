import type { Directory } from '@ringback/directory';
import { normaliseEmail } from '@ringback/domain/administration';
import { fieldProblem } from '@ringback/service-kit';
import type { OpeningRequest } from './opening-request.ts';

/** Whose ticket it is. Several customers share a number or an address: they are candidates, and none is chosen. */
export interface FoundCustomer {
  customerId: string | null;
  contactId: string | null;
  candidates: string[];
}

/**
 * The customer that a request names, or the one that its number or address leads to. Throws `validation-failed` for a
 * customer, contact or contract that cannot be.
 */
export async function findCustomer(request: OpeningRequest, directory: Directory): Promise<FoundCustomer> {
  const { customerId, contactId, contractId } = request;
  if (customerId === null) {
    const found = await findByContact(request, directory);
    if (found.customerId === null && contractId !== null) {
      throw fieldProblem('/body/customerId', 'is needed where a contract is named');
    }
    return found;
  }
  const customer = await readCustomer(customerId, directory);
  if (customer === null) throw fieldProblem('/body/customerId', `there is no customer "${customerId}"`);
  if (contactId !== null && !customer.contacts.some(({ id }) => id === contactId)) {
    throw fieldProblem('/body/contactId', `the customer has no contact "${contactId}"`);
  }
  return { customerId, contactId, candidates: [] };
}

/** Null when there is no such customer, in the whole log. */
export async function readCustomer(id: string, directory: Directory) {
  const known = await directory.customer(id);
  if (known !== null) return known;
  await directory.catchUp();
  return await directory.customer(id);
}

async function findByContact(request: OpeningRequest, directory: Directory): Promise<FoundCustomer> {
  let contacts = await contactsOf(request, directory);
  if (contacts.length === 0 && (request.caller?.e164 != null || request.email !== null)) {
    // Another service has taken the customer in, perhaps a moment ago.
    await directory.catchUp();
    contacts = await contactsOf(request, directory);
  }
  const customers = [...new Set(contacts.map(({ customerId }) => customerId))];
  const [only] = customers;
  if (only === undefined || customers.length > 1) {
    return { customerId: null, contactId: request.contactId, candidates: customers.sort() };
  }
  const ids = new Set(contacts.map(({ contactId }) => contactId));
  const contactId = request.contactId ?? (ids.size === 1 ? ([...ids][0] ?? null) : null);
  return { customerId: only, contactId, candidates: [] };
}

async function contactsOf({ caller, email }: OpeningRequest, directory: Directory) {
  const e164 = caller?.e164 ?? null;
  return [
    ...(e164 === null ? [] : await directory.contactsByPhone(e164)),
    ...(email === null ? [] : await directory.contactsByEmail(normaliseEmail(email))),
  ];
}
