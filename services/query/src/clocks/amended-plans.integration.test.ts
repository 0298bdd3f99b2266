import { newTicketEvent } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
});
afterAll(() => server.stop());

const openedAt = '2026-03-02T09:00:00.000Z';
const dueAt = '2026-03-02T17:00:00.000Z';

async function breached(customerId: string): Promise<string> {
  const id = await server.open({ customerId, plan: 'cat-levels/cat-1', at: openedAt });
  const breach = { objective: 'response' as const, occurrence: 1, dueAt, breachedAt: dueAt };
  await server.append(id, newTicketEvent('SlaBreached', breach, dueAt));
  return id;
}

const breachOf = async (id: string) => (await server.client.get(`/v1/breaches?ticketId=${id}`)).body.items[0];
const responseOf = async (id: string) => (await server.client.get(`/v1/tickets/${id}/clocks`)).body.clocks[0];

it('a breach that would not stand under the calendar as it is now is shown so, and stays', async () => {
  const id = await breached('bakery');
  await server.append(id, newTicketEvent('TicketAcknowledged', { note: null }, '2026-03-03T10:00:00.000Z'));
  await eventually(async () =>
    expect(await breachOf(id)).toMatchObject({ missedAt: dueAt, wouldStand: true }),
  );
  expect(await responseOf(id)).toMatchObject({ breachWouldStand: true, warningWouldStand: null });

  await server.define('calendar', 'cat-levels/working', 'CalendarExceptionAdded', {
    calendar: 'cat-levels/working',
    date: '2026-03-02',
    hours: [],
    reason: 'office shutdown',
  });
  await eventually(async () => expect((await breachOf(id)).wouldStand).toBe(false));
  expect(await breachOf(id)).toMatchObject({ missedAt: dueAt, retractedAt: null });
  expect(await responseOf(id)).toMatchObject({ state: 'breached', dueAt, breachWouldStand: false });
  const known = await server.client.get(`/v1/tickets/${id}/clocks?knownAt=${openedAt}`);
  expect(known.body.clocks).toEqual([]);
});

it('a breach that was taken back neither stands nor falls', async () => {
  const id = await breached('dentist');
  const retraction = { objective: 'response' as const, occurrence: 1, dueAt, breachedAt: dueAt };
  await server.append(id, newTicketEvent('SlaBreachRetracted', { ...retraction, causeEventId: null }));
  await eventually(async () =>
    expect(await breachOf(id)).toMatchObject({ retractedAt: expect.any(String), wouldStand: null }),
  );
});
