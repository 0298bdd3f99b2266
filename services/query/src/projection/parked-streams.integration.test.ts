import { newTicketEvent } from '@ringback/domain/ticket';
import { endedProcess } from '@ringback/event-log';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
});
afterAll(() => server.stop());

const list = '/v1/parked-streams/query';
const replayed = (id: string) => server.client.post(`${list}/query.read-models-2/${id}/replay`, undefined);

it('an event of a newer release waits with its ticket, is listed, and goes on when it can be read', async () => {
  const id = await server.open({ customerId: 'bakery' });
  const other = await server.open({ customerId: 'bakery' });
  await server.append(id, { ...newTicketEvent('NoteAdded', { text: 'x' }), v: 2 });
  await server.append(id, newTicketEvent('NoteAdded', { text: 'y' }));
  await server.append(other, newTicketEvent('TicketResolved', { resolution: null }));

  await eventually(async () => {
    const { items } = (await server.client.get(list)).body;
    expect(items).toMatchObject([{ subscription: 'query.read-models-2', stream: id, events: 2 }]);
    expect(items[0].error).toContain('NoteAdded of version 2');
  });
  const { body } = await server.client.get('/v1/tickets?state=resolved');
  expect(body.items.map((ticket: { id: string }) => ticket.id)).toEqual([other]);
  expect((await replayed(id)).body).toEqual({ replayed: 0, remaining: 2 });

  await server.database.pool.query('update log.events set v = 1 where stream_id = $1', [id]);
  expect((await replayed(id)).body).toEqual({ replayed: 2, remaining: 0 });
  expect((await server.client.get(list)).body.items).toEqual([]);
  const { rows } = await server.database.pool.query(
    'select version from query.tickets where ticket_id = $1',
    [id],
  );
  expect(rows).toEqual([{ version: 3 }]);
});

it('A stream that has ended the process is listed with its reason, and counted', async () => {
  const id = await server.open({ customerId: 'bakery' });
  // Otherwise its opening would be parked behind what is inserted here, with a reason of its own.
  await eventually(async () => {
    const { rows } = await server.database.pool.query('select from query.tickets where ticket_id = $1', [id]);
    return rows.length === 1;
  });
  await server.database.pool.query(
    `insert into query.parked_events (subscription, stream_id, position, error)
     values ('query.read-models-2', $1, 1000000, $2)`,
    [id, endedProcess],
  );
  expect((await server.client.get(list)).body.items).toMatchObject([
    { stream: id, error: 'processing it ended the process 3 times' },
  ]);
  const { body } = await server.client.get('/metrics');
  expect(body).toContain('ringback_subscription_set_aside_streams{subscription="query.read-models-2"} 1\n');
  await server.database.pool.query('delete from query.parked_events');
});

it('what is not parked cannot be replayed, nor by a customer’s own key', async () => {
  const answer = await replayed('nothing');
  expect(answer).toMatchObject({ status: 404, body: { code: 'not-found' } });
  expect(answer.body.detail).toContain('nothing');
  expect((await server.portal('bakery').get(list)).status).toBe(403);
});
