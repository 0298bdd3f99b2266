import { randomUUID } from 'node:crypto';
import { formatReference, newTicketEvent } from '@ringback/domain/ticket';
import { recordStatements } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

let server: QueryServer;
let foreign: string;
let unidentified: string;
let moved: string;
beforeAll(async () => {
  server = await startQuery();
  const plan = 'set-rate-contract/set-rate';
  foreign = await server.open({ customerId: 'dentist', plan, priority: 'important' });
  await server.append(
    foreign,
    ...Array.from({ length: 40 }, (_, index) => newTicketEvent('NoteAdded', { text: String(index) })),
  );
  unidentified = await server.open({ customerId: null, candidateCustomerIds: ['bakery', 'dentist'] });
  // Another one that was the customer's own once.
  const coverage = { contractId: 'dentist-1', standing: 'active' as const, plan: null, chargeable: false };
  const identified = { customerId: 'dentist', contactId: null, coverage, priority: 'normal' };
  moved = await server.open({ customerId: 'bakery' });
  await server.append(moved, newTicketEvent('CustomerIdentified', identified));
  // A list waits for the read model: nothing of what was appended is read behind the back of what is measured.
  await server.client.get('/v1/tickets');
});
afterAll(() => server.stop());

/** The administration refreshes itself meanwhile, and the projection reads what was appended. */
const aboutTickets = (statement: string): boolean =>
  /^ringback-read-(own-)?streams?-|query\.(tickets|words|deadlines|breaches|outcomes)|log\.(head$|commands)/.test(
    statement,
  );

/** What a customer's key is answered under `/v1/tickets/{name}`, and the statements that it takes. */
async function ask(name: string, path: string) {
  const portal = server.portal('bakery');
  let answer = await portal.get('/v1/calendars');
  const statements = await recordStatements(server.context.pool, aboutTickets, async () => {
    answer = await portal.get(`/v1/tickets/${name}${path}`);
  });
  const { instance: _, requestId: __, ...body } = answer.body;
  return { status: answer.status, body, headers: [...answer.headers.keys()].sort(), statements };
}

it.each(['', `?at=${new Date().toISOString()}`, '/events', '/clocks', '/clocks/response/explanation'])(
  'takes the same work for another customer’s ticket as for none, by id and by reference: /tickets/{id}%s',
  async (path) => {
    const ids = [foreign, unidentified, moved];
    const references = await Promise.all(
      ids.map(async (id) => (await server.client.get(`/v1/tickets/${id}`)).body.reference),
    );
    for (const [absent, names] of [
      [randomUUID(), ids],
      [formatReference(999_999), references],
    ] as const) {
      const expected = await ask(absent, path);
      expect(expected).toMatchObject({ status: 404, body: { code: 'ticket-not-found' } });
      expect(expected.statements.length).toBeGreaterThan(0);
      for (const name of names) expect(await ask(name, path)).toEqual(expected);
    }
  },
);

it('finds a customer’s own ticket the moment it is there, and the moment it is identified', async () => {
  const portal = server.portal('bakery');
  const id = await server.open({ customerId: 'bakery' });
  const { reference } = (await server.client.get(`/v1/tickets/${id}`)).body;
  for (const name of [id, reference]) expect((await portal.get(`/v1/tickets/${name}`)).status).toBe(200);
  const { body } = await server.client.get(`/v1/tickets/${unidentified}`);
  const coverage = { contractId: null, standing: 'none' as const, plan: null, chargeable: true };
  const identified = { customerId: 'bakery', contactId: null, coverage, priority: 'normal' };
  await server.append(unidentified, newTicketEvent('CustomerIdentified', identified));
  for (const name of [body.reference, unidentified])
    expect((await portal.get(`/v1/tickets/${name}`)).status).toBe(200);
});
