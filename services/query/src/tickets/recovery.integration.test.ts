import { newTicketEvent } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
});
afterAll(() => server.stop());

const hour = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * hour).toISOString();

async function define(customerId: string, plan: string, until: string | null): Promise<void> {
  const contract = {
    customerId,
    catalog: 'cat-levels',
    plan,
    from: null,
    until,
    acceptedAt: null,
    paidAt: null,
  };
  await server.define('contract', `${customerId}-1`, 'ContractDefined', contract);
}

it.each([
  ['with clocks', 'cat-1'],
  ['without any', 'cat-s'],
])(
  'a renewal back to the expiry lifts the charge mark of a plan %s, wherever it is read',
  async (_, plan) => {
    const customerId = `lapsed-${plan}`;
    await define(customerId, plan, ago(24));
    const id = await server.open({ customerId, plan: `cat-levels/${plan}`, standing: 'ended' });
    const read = async () => {
      const paths = [`/v1/tickets/${id}`, `/v1/tickets?customerId=${customerId}`, '/v1/queue'];
      const [single, list, queue] = await Promise.all(paths.map((path) => server.client.get(path)));
      const queued = queue?.body.items.find(({ ticket }: { ticket: { id: string } }) => ticket.id === id);
      return [single?.body.chargeable, list?.body.items[0]?.chargeable, queued?.ticket.chargeable];
    };
    await eventually(async () => expect(await read()).toEqual([true, true, true]));
    const before = new Date().toISOString();
    await eventually(() => new Date().toISOString() > before);
    await define(customerId, plan, null);
    await eventually(async () => expect(await read()).toEqual([false, false, false]));
    expect((await server.client.get(`/v1/tickets/${id}?at=${before}`)).body.chargeable).toBe(true);

    await server.append(id, newTicketEvent('TicketMarkedOutOfScope', { reason: 'cabling' }));
    await eventually(async () => expect(await read()).toEqual([true, true, true]));
    const { rows } = await server.database.pool.query(
      'select covered from query.tickets where ticket_id = $1',
      [id],
    );
    expect(rows).toEqual([{ covered: true }]);
  },
);
