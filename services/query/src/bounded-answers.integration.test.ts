import { newTicketEvent } from '@ringback/domain/ticket';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QueryServer, startQuery } from './testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
  const { log, directory } = server.context;
  await directory.whenProcessed((await log.head()).position, 10_000);
});
afterAll(() => server.stop());

const at = '2026-06-15T08:00:00.000Z';
const plan = 'set-rate-contract/set-rate';

/** Every page of a list, from its first address on. */
async function pagesOf(address: string): Promise<{ [field: string]: never[] }[]> {
  const pages = [];
  for (let next: string | null = ''; next !== null; ) {
    const cursor: string = next === '' ? '' : `${address.includes('?') ? '&' : '?'}cursor=${next}`;
    const { status, body } = await server.client.get(`${address}${cursor}`);
    expect(status).toBe(200);
    pages.push(body);
    next = body.next;
  }
  return pages;
}

describe('an explanation', () => {
  let address: string;
  beforeAll(async () => {
    const id = await server.open({ customerId: 'bakery', plan: 'cat-levels/cat-1', at });
    const held = newTicketEvent(
      'ClockHeld',
      { reason: 'third-party-network', note: null },
      '2026-06-15T09:00:00.000Z',
    );
    await server.append(id, held);
    address = `/v1/tickets/${id}/clocks/response/explanation`;
  });

  it('of a year has its ledger in one answer, or in pages that join to it', async () => {
    const year = `${address}?at=2027-06-15T08:00:00.000Z`;
    const whole = (await server.client.get(year)).body;
    expect(whole.next).toBeNull();
    expect(whole.ledger.length).toBeGreaterThan(365);
    const pages = await pagesOf(`${year}&limit=100`);
    expect(pages.length).toBe(Math.ceil(whole.ledger.length / 100));
    expect(pages.flatMap(({ ledger }) => ledger)).toEqual(whole.ledger);
    for (const page of pages) expect({ ...page, ledger: [], next: null }).toEqual({ ...whole, ledger: [] });
  });

  it('of 170 years has 2,000 entries in an answer, and leads to the rest', async () => {
    const { body } = await server.client.get(`${address}?at=2199-06-15T08:00:00.000Z`);
    expect(body.ledger).toHaveLength(2_000);
    const rest = await server.client.get(`${address}?at=2199-06-15T08:00:00.000Z&cursor=${body.next}`);
    expect(rest.body.ledger[0].from).toBe(body.ledger.at(-1).to);
    expect(rest.body.sentence).toBe(body.sentence);
  });

  it.each(['limit=0', 'limit=2001', 'cursor=nonsense'])('is refused with %s', async (query) => {
    const { status, body } = await server.client.get(`${address}?${query}`);
    expect([status, body.errors[0].pointer]).toEqual([422, `/query/${query.split('=')[0]}`]);
  });
});

it('The clocks of a ticket are in one answer, or in pages that join to it', async () => {
  const id = await server.open({ customerId: 'bakery', plan, priority: 'urgent', at });
  for (let minute = 10; minute < 20; minute += 1) {
    const replied = `2026-06-15T08:${minute}:00.000Z`;
    await server.append(
      id,
      newTicketEvent('AgentReplied', { text: 'On it.', channel: 'portal', call: null }, replied),
    );
  }
  const address = `/v1/tickets/${id}/clocks?at=2026-06-15T09:00:00.000Z`;
  const whole = (await server.client.get(address)).body;
  expect(whole).toMatchObject({ next: null, clocks: { length: 12 } });
  const pages = await pagesOf(`${address}&limit=5`);
  expect(pages.map(({ clocks }) => clocks?.length)).toEqual([5, 5, 2]);
  expect(pages.flatMap(({ clocks }) => clocks)).toEqual(whole.clocks);
});

describe('a page of long texts', () => {
  const long = 'x'.repeat(60_000);
  const count = 40;
  const isFull = (page: object) => {
    const { length } = JSON.stringify(page);
    return length > 500_000 && length < 1_100_000;
  };

  it('of a ticket’s events ends early, and the next one goes on', async () => {
    const id = await server.open({ customerId: 'bakery', at });
    for (let index = 0; index < count; index += 1)
      await server.append(id, newTicketEvent('NoteAdded', { text: `${index} ${long}` }, null));
    const pages = await pagesOf(`/v1/tickets/${id}/events?limit=200`);
    expect(pages.length).toBe(3);
    expect(pages.slice(0, -1).every(isFull)).toBe(true);
    const versions = pages
      .flatMap(({ items }) => items as { version: number }[])
      .map(({ version }) => version);
    expect(versions).toEqual(Array.from({ length: count + 1 }, (_, index) => index + 1));
  });

  it('of tickets ends early, in the list and in the queue, and the next one goes on', async () => {
    const opened = [];
    for (let index = 0; index < count; index += 1) {
      const ticket = { customerId: 'dentist', description: `${index} ${long}`, at };
      opened.push(await server.open(ticket));
    }
    const found = await pagesOf('/v1/tickets?customerId=dentist&limit=200');
    expect(found.length).toBe(3);
    expect(found.slice(0, -1).every(isFull)).toBe(true);
    const ids = found.flatMap(({ items }) => items as { id: string }[]).map(({ id }) => id);
    expect([...ids].sort()).toEqual([...opened].sort());
    const queue = await pagesOf('/v1/queue?limit=200');
    expect(queue.length).toBeGreaterThan(2);
    const queued = queue.flatMap(({ items }) => items as { ticket: { id: string } }[]);
    expect(new Set(queued.map(({ ticket }) => ticket.id)).size).toBe(queued.length);
    expect(queued.map(({ ticket }) => ticket.id)).toEqual(expect.arrayContaining(opened));
  });
});
