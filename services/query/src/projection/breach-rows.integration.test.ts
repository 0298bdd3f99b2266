import { newTicketEvent } from '@ringback/domain/ticket';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QueryServer, startQuery } from '../testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
});
afterAll(() => server.stop());

describe('a retraction', () => {
  it('takes back what was recorded before it, not the breach at the same instant that follows it', async () => {
    const id = await server.open({ customerId: 'bakery' });
    const at = new Date(Date.now() - 3_600_000).toISOString();
    const breach = { objective: 'response' as const, occurrence: 1, dueAt: at, breachedAt: at };
    const broken = newTicketEvent('SlaBreached', breach);
    const back = newTicketEvent('SlaBreachRetracted', { ...breach, causeEventId: null });
    await server.append(id, broken, back, broken, back, broken);
    const { body } = await server.client.get(`/v1/breaches?ticketId=${id}`);
    const retracted = body.items.map(
      ({ retractedAt }: { retractedAt: string | null }) => retractedAt !== null,
    );
    expect(retracted).toEqual([false, true, true]);
    expect((await server.client.get(`/v1/breaches?ticketId=${id}&standing=true`)).body.items).toHaveLength(1);
  });
});
