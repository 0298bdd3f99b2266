/** What a ticket that is opened by hand says: about 600 bytes. */
export function opening() {
  return {
    reference: 'bench',
    customerId: null,
    candidateCustomerIds: [],
    contactId: null,
    coverage: {
      contractId: null,
      standing: 'active' as const,
      plan: { catalog: 'set-rate-contract', catalogVersion: 1, plan: 'set-rate' },
      chargeable: false,
    },
    priority: 'important',
    channel: 'api' as const,
    subject: 'No dial tone',
    description: 'x'.repeat(200),
    caller: null,
    email: null,
    call: null,
    refersToTicketId: null,
  };
}
