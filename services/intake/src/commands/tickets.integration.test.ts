import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeServer, portalOf, startIntake } from '../testing/intake-server.ts';

let server: IntakeServer;
beforeAll(async () => {
  server = await startIntake();
});
afterAll(() => server.stop());

const open = async (body: object = {}) =>
  (await server.client.post('/v1/tickets', { customerId: 'bakery', subject: 'No dial tone', ...body })).body;

describe('opening a ticket', () => {
  it('answers 201 with its address, its version and the log’s position', async () => {
    const answer = await server.client.post('/v1/tickets', { customerId: 'bakery', subject: 'No dial tone' });
    expect(answer.status).toBe(201);
    expect(answer.headers.get('location')).toBe(`/v1/tickets/${answer.body.id}`);
    expect(answer.headers.get('etag')).toBe('"1"');
    expect(Number(answer.headers.get('ringback-position'))).toBe(answer.body.position);
    expect(answer.headers.get('ringback-log')).toMatch(/^[0-9a-f]{32}$/);
    expect(answer.body).toMatchObject({
      reference: expect.stringMatching(/^RB-\d{4}-\d{4}$/),
      plan: 'cat-levels/cat-1',
      contract: { id: 'bakery-1', standing: 'active' },
      priority: 'normal',
      chargeable: false,
    });
  });

  it('finds the customer by number or address, and never guesses between two', async () => {
    expect((await open({ customerId: undefined, phone: '+493023125742' })).customerId).toBe('dentist');
    expect((await open({ customerId: undefined, email: 'DESK@bakery.example' })).customerId).toBe('bakery');
    await server.client.put('/v1/customers/shared', {
      name: 'Shared',
      contacts: [{ name: 'Desk', emails: ['desk@bakery.example'] }],
    });
    expect(await open({ customerId: undefined, email: 'desk@bakery.example' })).toMatchObject({
      customerId: null,
      candidateCustomerIds: ['bakery', 'shared'],
      chargeable: true,
    });
  });

  it('refers to an earlier ticket of the same customer', async () => {
    const earlier = await open();
    expect((await open({ refersToTicketId: earlier.id })).refersToTicketId).toBe(earlier.id);
    const body = { customerId: 'dentist', subject: 'x', refersToTicketId: earlier.id };
    const foreign = await server.client.post('/v1/tickets', body);
    expect([foreign.status, foreign.body.errors[0].pointer]).toEqual([422, '/body/refersToTicketId']);
  });

  it('asks which contract where several are active', async () => {
    await server.client.put('/v1/customers/twice', { name: 'Twice' });
    for (const id of ['twice-1', 'twice-2'])
      await server.client.put(`/v1/contracts/${id}`, { customerId: 'twice', plan: 'cat-levels/cat-2' });
    const answer = await server.client.post('/v1/tickets', { customerId: 'twice', subject: 'x' });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/body/contractId' }] } });
    expect((await open({ customerId: 'twice', contractId: 'twice-2' })).contract.id).toBe('twice-2');
  });

  it('of an unknown caller is identified under the contract and with the priority that are named', async () => {
    await server.client.put('/v1/customers/two', { name: 'Two', contacts: [{ id: 'desk', name: 'Desk' }] });
    await server.client.put('/v1/contracts/two-a', { customerId: 'two', plan: 'cat-levels/cat-1' });
    const paid = { acceptedAt: '2026-01-01T00:00:00Z', paidAt: '2026-01-01T00:00:00Z' };
    const contract = { customerId: 'two', plan: 'set-rate-contract/set-rate', ...paid };
    expect((await server.client.put('/v1/contracts/two-b', contract)).body.standing).toBe('active');
    const { id } = await open({ customerId: undefined, phone: '+442079460999' });
    const identify = (body: object) =>
      server.client.post(`/v1/tickets/${id}/identify-customer`, { customerId: 'two', ...body });
    for (const [body, pointer] of [
      [{}, '/body/contractId'],
      [{ contractId: 'bakery-1' }, '/body/contractId'],
      [{ contractId: 'two-b', priority: 'odd' }, '/body/priority'],
      [{ contractId: 'two-b', contactId: 'nobody' }, '/body/contactId'],
    ] as const) {
      const refused = await identify(body);
      expect([body, refused.status, refused.body.errors?.[0].pointer]).toEqual([body, 422, pointer]);
    }
    const { status, body } = await identify({ contractId: 'two-b', priority: 'urgent', contactId: 'desk' });
    expect([status, body.contract.id, body.plan, body.priority, body.contactId]).toEqual([
      200,
      'two-b',
      'set-rate-contract/set-rate',
      'urgent',
      'desk',
    ]);
  });

  it('opens without cover where the contract waits for its payment', async () => {
    await server.client.put('/v1/customers/late', { name: 'Late' });
    const contract = {
      customerId: 'late',
      plan: 'set-rate-contract/set-rate',
      acceptedAt: '2026-01-01T00:00:00Z',
    };
    expect((await server.client.put('/v1/contracts/late', contract)).body.standing).toBe('not-paid');
    expect(await open({ customerId: 'late' })).toMatchObject({
      chargeable: true,
      contract: { standing: 'not-paid' },
    });
  });
});

describe('bad input gets a 4xx that names the field', () => {
  const tooLong = 'x'.repeat(70_000);
  it.each([
    ['no subject', { customerId: 'bakery' }, 422, '/body/subject'],
    ['an unknown field', { customerId: 'bakery', subject: 'x', colour: 'red' }, 422, '/body/colour'],
    ['a wrong type', { customerId: 7, subject: 'x' }, 422, '/body/customerId'],
    ['an absurd size', { customerId: 'bakery', subject: tooLong }, 422, '/body/subject'],
    ['an unknown customer', { customerId: 'nobody', subject: 'x' }, 422, '/body/customerId'],
    ['an unknown contact', { customerId: 'bakery', contactId: 'x', subject: 'x' }, 422, '/body/contactId'],
    ['an unknown contract', { customerId: 'bakery', contractId: 'x', subject: 'x' }, 422, '/body/contractId'],
    ['an unknown priority', { customerId: 'bakery', priority: 'asap', subject: 'x' }, 422, '/body/priority'],
    ['a blank subject', { customerId: 'bakery', subject: ' \t' }, 422, '/body/subject'],
    [
      'an earlier ticket that there is not',
      { customerId: 'bakery', subject: 'x', refersToTicketId: '00000000-0000-4000-8000-000000000000' },
      422,
      '/body/refersToTicketId',
    ],
    [
      'an instant that no calendar reaches',
      { customerId: 'bakery', subject: 'x', occurredAt: '1800-01-01T00:00:00Z' },
      422,
      '/body/occurredAt',
    ],
    ['a number that is none', { phone: 'call me', subject: 'x' }, 422, '/body/phone'],
    [
      'an instant in the future',
      { customerId: 'bakery', subject: 'x', occurredAt: '2999-01-01T00:00:00Z' },
      422,
      '/body/occurredAt',
    ],
    [
      'no instant at all',
      { customerId: 'bakery', subject: 'x', occurredAt: 'yesterday' },
      422,
      '/body/occurredAt',
    ],
    ['a NUL in the text', { customerId: 'bakery', subject: 'a\0b' }, 422, '/body/subject'],
    ['half a surrogate pair', { customerId: 'bakery', subject: '\ud800' }, 422, '/body/subject'],
  ])('%s', async (_, body, status, pointer) => {
    const answer = await server.client.post('/v1/tickets', body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });

  it('JSON that is none, and a body that is too large', async () => {
    expect(
      await server.client.post('/v1/tickets', '{"subject":', { 'content-type': 'application/json' }),
    ).toMatchObject({
      status: 400,
      body: { code: 'malformed-request' },
    });
    expect((await server.client.post('/v1/tickets', { subject: 'x'.repeat(2_000_000) })).status).toBe(413);
    expect(
      (await server.client.post('/v1/tickets', '<x/>', { 'content-type': 'application/xml' })).status,
    ).toBe(415);
  });

  it('an unknown ticket, a misread reference, an unknown command', async () => {
    const { reference } = await open();
    const misread = reference.slice(0, -1) + ((Number(reference.at(-1)) + 1) % 10);
    for (const id of ['00000000-0000-4000-8000-000000000000', misread, 'nonsense']) {
      expect(await server.client.post(`/v1/tickets/${id}/acknowledge`)).toMatchObject({
        status: 404,
        body: { code: 'ticket-not-found' },
      });
    }
    expect((await server.client.post(`/v1/tickets/${reference}/explode`, {})).status).toBe(404);
  });

  it('no key, a wrong key, a key that may not', async () => {
    expect(await server.client.as(null).post('/v1/tickets', {})).toMatchObject({
      status: 401,
      body: { code: 'unauthenticated' },
    });
    expect((await server.client.as('rb_wrong-key-that-nobody-made').get('/v1/customers')).status).toBe(401);
    const { body } = await server.client.post('/v1/api-keys', { name: 'Reader', scopes: ['tickets:read'] });
    expect(await server.client.as(body.key).post('/v1/tickets', { subject: 'x' })).toMatchObject({
      status: 403,
      body: { scope: 'tickets:write' },
    });
  });
});

describe('a command', () => {
  it('changes the ticket, by id or by reference as people write it', async () => {
    const { id, reference } = await open();
    const spoken = reference.replaceAll('-', ' ').toLowerCase();
    expect(await server.client.post(`/v1/tickets/${encodeURIComponent(spoken)}/acknowledge`)).toMatchObject({
      status: 200,
      body: { id, version: 2 },
    });
  });

  it('whose effect is there already changes nothing', async () => {
    const { id } = await open();
    await server.client.post(`/v1/tickets/${id}/acknowledge`);
    expect(await server.client.post(`/v1/tickets/${id}/acknowledge`)).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
  });

  it('that contradicts the state is a 409 with the state and what is allowed', async () => {
    const { id } = await open();
    expect(await server.client.post(`/v1/tickets/${id}/engineer-arrived`)).toMatchObject({
      status: 409,
      body: {
        code: 'state-conflict',
        state: 'open',
        allowed: expect.arrayContaining(['determine-on-site-visit']),
      },
    });
    await server.client.post(`/v1/tickets/${id}/resolve`);
    expect(await server.client.post(`/v1/tickets/${id}/hold`, { reason: 'manufacturer' })).toMatchObject({
      status: 409,
      body: { state: 'resolved' },
    });
  });

  it('with If-Match is refused when the ticket has changed', async () => {
    const { id } = await open();
    await server.client.post(`/v1/tickets/${id}/note`, { text: 'x' });
    const stale = await server.client.post(`/v1/tickets/${id}/acknowledge`, {}, { 'if-match': '"1"' });
    expect([stale.status, stale.body.version, stale.headers.get('etag')]).toEqual([412, 2, '"2"']);
    expect(
      (await server.client.post(`/v1/tickets/${id}/acknowledge`, {}, { 'if-match': '"2"' })).status,
    ).toBe(200);
    expect(
      (await server.client.post(`/v1/tickets/${id}/note`, { text: 'x' }, { 'if-match': 'three' })).status,
    ).toBe(400);
    // RFC 9110, 13.1.1: any of a list, by strong comparison.
    for (const [tags, status] of [
      ['"2", "3"', 200],
      ['W/"4"', 412],
      ['"1", "2"', 412],
      ['"draft"', 412],
    ] as const) {
      const answer = await server.client.post(`/v1/tickets/${id}/note`, { text: 'x' }, { 'if-match': tags });
      expect([tags, answer.status]).toEqual([tags, status]);
    }
  });

  it('of many at once is recorded each once, none lost', async () => {
    const { id } = await open();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        server.client.post(`/v1/tickets/${id}/note`, { text: String(index) }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body.version)).size).toBe(20);
  });

  it('in the past counts then, before the opening or in the future is refused', async () => {
    const { id } = await open({ occurredAt: '2026-01-05T09:00:00Z' });
    const answer = await server.client.post(`/v1/tickets/${id}/acknowledge`, {
      occurredAt: '2026-01-05T10:10:00+01:00',
    });
    expect(answer.body.acknowledgedAt).toBe('2026-01-05T09:10:00.000Z');
    for (const occurredAt of ['2026-01-05T08:59:59Z', '2999-01-01T00:00:00Z']) {
      expect(await server.client.post(`/v1/tickets/${id}/note`, { text: 'x', occurredAt })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/body/occurredAt' }] },
      });
    }
  });
});

describe('Idempotency-Key', () => {
  it('gives a repeated opening the first answer, also at the same time', async () => {
    const headers = { 'idempotency-key': '"first-1"' };
    const send = () => server.client.post('/v1/tickets', { customerId: 'bakery', subject: 'once' }, headers);
    const answers = await Promise.all([send(), send(), send()]);
    answers.push(await send());
    expect(new Set(answers.map(({ status, body }) => JSON.stringify([status, body]))).size).toBe(1);
    expect(
      await server.client.post('/v1/tickets', { customerId: 'bakery', subject: 'other' }, headers),
    ).toMatchObject({
      status: 409,
      body: { code: 'idempotency-key-reused' },
    });
  });

  it('gives a repeated command the first answer, whatever the ticket has become', async () => {
    const { id } = await open();
    const headers = { 'idempotency-key': 'second-1' };
    const first = await server.client.post(`/v1/tickets/${id}/acknowledge`, {}, headers);
    await server.client.post(`/v1/tickets/${id}/resolve`);
    expect((await server.client.post(`/v1/tickets/${id}/acknowledge`, {}, headers)).body).toEqual(first.body);
  });

  it('gives a repeated refusal the first refusal', async () => {
    const { id } = await open();
    const headers = { 'idempotency-key': 'third-1' };
    const refused = await server.client.post(`/v1/tickets/${id}/reopen`, {}, headers);
    const arrived = await server.client.post(
      `/v1/tickets/${id}/engineer-arrived`,
      {},
      { 'idempotency-key': 'third-2' },
    );
    await server.client.post(`/v1/tickets/${id}/determine-on-site-visit`);
    expect(refused.status).toBe(200);
    expect(arrived.status).toBe(409);
    expect(
      (await server.client.post(`/v1/tickets/${id}/engineer-arrived`, {}, { 'idempotency-key': 'third-2' }))
        .status,
    ).toBe(409);
  });

  it('of a form that is not allowed is refused', async () => {
    expect(
      (await server.client.post('/v1/tickets', { subject: 'x' }, { 'idempotency-key': 'x'.repeat(300) }))
        .status,
    ).toBe(400);
  });
});

describe('a customer’s own key', () => {
  it('opens, answers and reopens its own tickets, and knows no others', async () => {
    const bakery = await portalOf(server.client, 'bakery');
    const dentist = await portalOf(server.client, 'dentist');
    const { body: own } = await bakery.post('/v1/tickets', { subject: 'Mine' });
    expect(own.customerId).toBe('bakery');
    expect((await bakery.post('/v1/tickets', { customerId: 'dentist', subject: 'x' })).status).toBe(403);
    expect((await dentist.post(`/v1/tickets/${own.id}/reply`, { text: 'x' })).status).toBe(404);
    expect(await bakery.post(`/v1/tickets/${own.id}/reply`, { text: 'More', from: 'agent' })).toMatchObject({
      status: 200,
      body: { lastReplyFrom: 'customer' },
    });
    expect((await bakery.post(`/v1/tickets/${own.id}/acknowledge`)).status).toBe(403);
    expect((await bakery.get('/v1/customers')).status).toBe(403);
  });
});
