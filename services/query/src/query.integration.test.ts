import { newTicketEvent } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type QueryServer, startQuery } from './testing/query-server.ts';

let server: QueryServer;
beforeAll(async () => {
  server = await startQuery();
});
afterAll(() => server.stop());

const note = (text: string) => newTicketEvent('NoteAdded', { text });
const hour = 3_600_000;
const ago = (hours: number) => new Date(Date.now() - hours * hour).toISOString();

describe('a ticket', () => {
  it('is read by id or reference the moment it is there', async () => {
    const id = await server.open({ customerId: 'bakery', plan: 'cat-levels/cat-1' });
    const answer = await server.client.get(`/v1/tickets/${id}`);
    expect(answer).toMatchObject({ status: 200, body: { id, state: 'open', plan: 'cat-levels/cat-1' } });
    expect(answer.headers.get('etag')).toBe('"1"');
    expect((await server.client.get(`/v1/tickets/${answer.body.reference}`)).body.id).toBe(id);
    expect((await server.client.get('/v1/tickets/00000000-0000-4000-8000-000000000000')).body.code).toBe(
      'ticket-not-found',
    );
    expect((await server.client.get('/v1/tickets/nonsense')).status).toBe(404);
  });

  it('is read as it stood at an instant', async () => {
    const id = await server.open({ customerId: 'bakery', at: ago(3) });
    await server.append(id, newTicketEvent('TicketResolved', { resolution: null }, ago(1)));
    expect((await server.client.get(`/v1/tickets/${id}?at=${ago(2)}`)).body).toMatchObject({
      state: 'open',
      resolvedAt: null,
    });
    expect((await server.client.get(`/v1/tickets/${id}`)).body.state).toBe('resolved');
    expect((await server.client.get(`/v1/tickets/${id}?at=${ago(4)}`)).status).toBe(404);
    expect((await server.client.get(`/v1/tickets/${id}?at=noon`)).body.errors[0].pointer).toBe('/query/at');
  });

  it('has a history, page by page', async () => {
    const id = await server.open({ customerId: 'bakery' });
    await server.append(id, ...['a', 'b', 'c'].map(note));
    const first = await server.client.get(`/v1/tickets/${id}/events?limit=3`);
    const second = await server.client.get(`/v1/tickets/${id}/events?limit=3&cursor=${first.body.next}`);
    const events = [...first.body.items, ...second.body.items];
    expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
    expect(second.body.next).toBeNull();
  });

  it('has clocks on two axes of time, and says why', async () => {
    const id = await server.open({
      customerId: 'bakery',
      plan: 'set-rate-contract/set-rate',
      priority: 'important',
      at: ago(6),
    });
    const before = (await server.client.get(`/v1/tickets/${id}/clocks`)).body.clocks;
    expect(before.find(({ objective }: { objective: string }) => objective === 'response').state).toBe(
      'breached',
    );
    const knownBefore = new Date().toISOString();
    await eventually(() => new Date().toISOString() > knownBefore);
    await server.append(id, newTicketEvent('TicketAcknowledged', { note: null }, ago(5)));
    const response = async (query: string) =>
      (await server.client.get(`/v1/tickets/${id}/clocks?${query}`)).body.clocks.find(
        ({ objective }: { objective: string }) => objective === 'response',
      );
    expect((await response('')).state).toBe('met');
    expect((await response(`knownAt=${knownBefore}`)).state).toBe('breached');
    expect((await response(`at=${ago(5.5)}`)).state).toBe('running');
    const { body } = await server.client.get(`/v1/tickets/${id}/clocks/response/explanation`);
    expect(body).toMatchObject({
      allowed: 'PT4H',
      ledger: [{ kind: 'counted', counted: body.clock.served }],
    });
    expect(body.sentence).toContain('It was kept');
    expect((await server.client.get(`/v1/tickets/${id}/clocks/on-site/explanation`)).body.code).toBe(
      'clock-not-found',
    );
    expect((await server.client.get(`/v1/tickets/${id}/clocks/patience/explanation`)).status).toBe(422);
  });
});

describe('lists', () => {
  it('find a ticket by its reference in any spelling, and those that mention it', async () => {
    await server.open({ customerId: 'bakery', subject: 'Humming on line eight' });
    const [{ id, reference }] = (await server.client.get('/v1/tickets?q=humming')).body.items;
    const found = async (q: string) => {
      const { body } = await server.client.get(`/v1/tickets?q=${encodeURIComponent(q)}`);
      return body.items.map((ticket: { id: string }) => ticket.id);
    };
    for (const spelling of [
      reference,
      reference.replaceAll('-', ' '),
      reference.replaceAll('-', '').toLowerCase(),
    ])
      expect(await found(spelling)).toEqual([id]);
    expect(await found(`humming ${reference}`)).toEqual([id]);
    expect(await found(`${reference} silence`)).toEqual([]);
    const mention = await server.open({ customerId: 'bakery', subject: `The same again as ${reference}` });
    expect(await found(reference)).toEqual([mention, id]);
  });

  it('hold what was committed before the request, and filter it', async () => {
    const id = await server.open({ customerId: 'florist', subject: 'Crackling on line seven' });
    expect(
      (await server.client.get('/v1/tickets?customerId=florist')).body.items.map(
        (ticket: { id: string }) => ticket.id,
      ),
    ).toEqual([id]);
    expect((await server.client.get('/v1/tickets?q=crackling')).body.items).toHaveLength(1);
    expect((await server.client.get('/v1/tickets?customerId=florist&state=closed')).body.items).toEqual([]);
    await server.append(id, newTicketEvent('TicketClosed', { reason: 'a test' }));
    expect((await server.client.get('/v1/tickets?customerId=florist&state=closed')).body.items).toHaveLength(
      1,
    );
    expect((await server.client.get('/v1/tickets?state=asleep')).body.errors[0].pointer).toBe('/query/state');
    expect((await server.client.get('/v1/tickets?colour=red')).status).toBe(422);
    expect((await server.client.get('/v1/tickets?q=')).body.errors[0].pointer).toBe('/query/q');
    const both = await server.client.get('/v1/feed?only=breaches&types=TicketOpened');
    expect([both.status, both.body.errors[0].pointer]).toEqual([422, '/query/types']);
  });

  it('page without gap or repeat', async () => {
    const ids = new Set<string>();
    for (let index = 0; index < 7; index += 1) ids.add(await server.open({ customerId: 'paged' }));
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null; ) {
      const { body }: { body: { items: { id: string }[]; next: string | null } } = await server.client.get(
        `/v1/tickets?customerId=paged&limit=3${next === '' ? '' : `&cursor=${next}`}`,
      );
      seen.push(...body.items.map(({ id }) => id));
      next = body.next;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen)).toEqual(ids);
  });

  it('queue outages first, then contract customers, then by nearest deadline', async () => {
    const open = (subject: string, plan?: string, priority?: string, at?: string) =>
      server.open({
        customerId: 'queue',
        subject,
        ...(plan === undefined ? {} : { plan }),
        ...(priority === undefined ? {} : { priority }),
        ...(at === undefined ? {} : { at }),
      });
    await open('no contract');
    await open('low, later', 'set-rate-contract/set-rate', 'low');
    await open('important, sooner', 'set-rate-contract/set-rate', 'important', ago(2));
    await open('no clock', 'cat-levels/cat-s');
    await open('outage', 'set-rate-contract/set-rate', 'urgent');
    const { body } = await server.client.get('/v1/queue?limit=200');
    const order = body.items
      .map(({ ticket }: { ticket: { customerId: string; subject: string } }) => ticket)
      .filter(({ customerId }: { customerId: string }) => customerId === 'queue');
    expect(order.map(({ subject }: { subject: string }) => subject)).toEqual([
      'outage',
      'important, sooner',
      'low, later',
      'no clock',
      'no contract',
    ]);
  });

  it('find what nothing would bring up again: open, with neither an open clock nor an owner', async () => {
    const customerId = 'forgotten';
    const uncovered = await server.open({ customerId });
    const owned = await server.open({ customerId });
    const running = await server.open({ customerId, plan: 'cat-levels/cat-2' });
    const clockless = await server.open({ customerId, plan: 'cat-levels/cat-s' });
    const answered = await server.open({ customerId, plan: 'cat-levels/cat-1' });
    const closed = await server.open({ customerId });
    await server.append(owned, newTicketEvent('TicketAssigned', { assignee: 'kim' }));
    await server.append(answered, newTicketEvent('TicketAcknowledged', { note: null }));
    await server.append(closed, newTicketEvent('TicketClosed', { reason: null }));
    const list = async (attended: string) => {
      const { body } = await server.client.get(`/v1/tickets?customerId=${customerId}&attended=${attended}`);
      return new Set(body.items.map(({ id }: { id: string }) => id));
    };
    expect(await list('false')).toEqual(new Set([answered, clockless, uncovered]));
    expect(await list('true')).toEqual(new Set([closed, running, owned]));
    await server.append(uncovered, newTicketEvent('TicketAssigned', { assignee: 'kim' }));
    expect(await list('false')).toEqual(new Set([answered, clockless]));
    const odd = await server.client.get('/v1/tickets?attended=maybe');
    expect(odd).toMatchObject({ status: 422, body: { errors: [{ pointer: '/query/attended' }] } });
  });

  it('tell breaches, those taken back, and deadlines ahead', async () => {
    const id = await server.open({
      customerId: 'late',
      plan: 'set-rate-contract/set-rate',
      priority: 'important',
    });
    const at = ago(1);
    await server.append(
      id,
      newTicketEvent('SlaTargetMissed', {
        objective: 'resolution',
        occurrence: 1,
        targetAt: at,
        targetMissedAt: at,
      }),
    );
    await server.append(
      id,
      newTicketEvent('SlaBreached', { objective: 'response', occurrence: 1, dueAt: at, breachedAt: at }),
    );
    const list = async (query: string) =>
      (await server.client.get(`/v1/breaches?ticketId=${id}&${query}`)).body.items;
    expect(await list('')).toMatchObject([{ objective: 'response', missedAt: at, retractedAt: null }]);
    expect(await list('kind=warning')).toMatchObject([{ objective: 'resolution', thresholdAt: at }]);
    await server.append(
      id,
      newTicketEvent('SlaBreachRetracted', {
        objective: 'response',
        occurrence: 1,
        dueAt: at,
        breachedAt: at,
        causeEventId: null,
      }),
    );
    expect(await list('standing=true')).toEqual([]);
    expect(await list('standing=false')).toHaveLength(1);
    const { body } = await server.client.get('/v1/deadlines?customerId=late&within=PT5H');
    expect(body.items.map(({ objective }: { objective: string }) => objective)).toEqual(['response']);
    expect((await server.client.get('/v1/deadlines?within=soon')).body.errors[0].pointer).toBe(
      '/query/within',
    );
  });
});

describe('a customer’s own key', () => {
  it('sees no other customer’s ticket by any route, and no note between staff', async () => {
    const own = await server.open({
      customerId: 'bakery',
      plan: 'set-rate-contract/set-rate',
      priority: 'important',
    });
    const foreign = await server.open({
      customerId: 'dentist',
      plan: 'set-rate-contract/set-rate',
      priority: 'important',
    });
    const at = ago(1);
    for (const id of [own, foreign]) {
      await server.append(
        id,
        note('for us only'),
        newTicketEvent('SlaBreached', { objective: 'response', occurrence: 1, dueAt: at, breachedAt: at }),
      );
    }
    const portal = server.portal('bakery');
    for (const path of ['', '/events', '/clocks', '/clocks/response/explanation']) {
      expect((await portal.get(`/v1/tickets/${foreign}${path}`)).status, path).toBe(404);
      expect((await portal.get(`/v1/tickets/${own}${path}`)).status, path).toBe(200);
    }
    for (const path of [
      '/v1/tickets',
      '/v1/tickets?customerId=dentist',
      '/v1/queue',
      '/v1/breaches',
      '/v1/deadlines',
    ]) {
      expect(JSON.stringify((await portal.get(path)).body), path).not.toContain(foreign);
    }
    expect(JSON.stringify((await portal.get(`/v1/tickets/${own}/events`)).body)).not.toContain('for us only');
    const text = await readFeed('portal-key-of-the-bakery', '?lastEventId=0', (all) => all.includes(own));
    expect(text).not.toContain(foreign);
    expect(text).not.toContain('for us only');
  });

  it('cannot filter by what it may not read', async () => {
    const portal = server.portal('bakery');
    for (const [path, parameter] of [
      ['/v1/tickets?assignee=emma', 'assignee'],
      ['/v1/tickets?attended=false', 'attended'],
      ['/v1/queue?assignee=emma', 'assignee'],
    ] as const) {
      const { status, body } = await portal.get(path);
      expect([path, status, body.errors?.[0]?.pointer]).toEqual([path, 422, `/query/${parameter}`]);
      expect((await server.client.get(path)).status).toBe(200);
    }
  });

  it('does not learn who else its ticket could have been', async () => {
    const id = await server.open({ customerId: null, candidateCustomerIds: ['bakery', 'orthodontist'] });
    const coverage = { contractId: null, standing: 'none' as const, plan: null, chargeable: true };
    const identified = { contactId: null, coverage, priority: 'normal' };
    await server.append(
      id,
      newTicketEvent('CustomerIdentified', { ...identified, customerId: 'orthodontist' }),
      newTicketEvent('CustomerIdentified', { ...identified, customerId: 'bakery' }),
    );
    const portal = server.portal('bakery');
    const { recordedAt } = (await server.client.get(`/v1/tickets/${id}/events`)).body.items[1];
    for (const path of [
      `/v1/tickets/${id}`,
      `/v1/tickets/${id}?at=${recordedAt}`,
      `/v1/tickets/${id}/events`,
    ]) {
      const answer = await portal.get(path);
      expect([path, answer.status]).toEqual([path, 200]);
      expect(JSON.stringify(answer.body), path).not.toContain('orthodontist');
    }
    const text = await readFeed('portal-key-of-the-bakery', '?lastEventId=0', (all) =>
      all.includes(`"subject":"${id}","time"`),
    );
    expect(text).toContain('CustomerIdentified');
    expect(text).not.toContain('orthodontist');
  });
});

describe('the feed', () => {
  it('ends with the key that it was opened with', async () => {
    const secret = 'a-key-that-is-soon-revoked';
    const id = await server.defineKey(secret);
    await eventually(async () =>
      expect((await server.client.as(secret).get('/v1/tickets')).status).toBe(200),
    );
    const feed = readFeed(secret, '', () => false);
    await server.define('api-key', id, 'ApiKeyRevoked', {});
    await eventually(async () =>
      expect((await server.client.as(secret).get('/v1/tickets')).status).toBe(401),
    );
    const ticket = await server.open({ customerId: 'bakery' });
    expect(await feed).not.toContain(ticket);
  });

  it('sends every event once, in the log’s order, and goes on where a reader was', async () => {
    const { position } = await server.context.log.head();
    const id = await server.open({ customerId: 'bakery' });
    await server.append(id, ...Array.from({ length: 5 }, (_, index) => note(String(index))));
    const ids = async (from: number, count: number) => {
      const text = await readFeed(server.key, `?lastEventId=${from}`, (all) => idsIn(all).length >= count);
      return idsIn(text);
    };
    const expected = Array.from({ length: 6 }, (_, index) => position + index + 1);
    expect(await ids(position, 6)).toEqual(expected);
    expect(await ids(position + 3, 3)).toEqual(expected.slice(3));
  });

  it('can be narrowed to breaches, or to types, and names a type that there is not', async () => {
    const { position } = await server.context.log.head();
    const at = ago(1);
    const id = await server.open({ customerId: 'bakery' });
    await server.append(
      id,
      note('x'),
      newTicketEvent('SlaBreached', { objective: 'response', occurrence: 1, dueAt: at, breachedAt: at }),
    );
    const text = await readFeed(server.key, `?only=breaches&lastEventId=${position}`, (all) =>
      all.includes('event: SlaBreached'),
    );
    expect(text.match(/^event: .*/gm)).toEqual(['event: SlaBreached']);
    expect((await server.client.get('/v1/feed?types=Surprise')).body.errors[0].pointer).toBe('/query/types');
  });
});

describe('the read model', () => {
  it('made again from the log is what was kept live, row by row', async () => {
    await server.client.get('/v1/tickets');
    const dump = async () => {
      const tables = ['tickets', 'words', 'deadlines', 'breaches', 'outcomes'];
      const rows = await Promise.all(
        tables.map((table) =>
          server.database.pool.query(`select t::text as row from query.${table} t order by 1`),
        ),
      );
      return rows.map((result) => result.rows.map(({ row }) => row));
    };
    const live = await dump();
    expect(live.every((rows) => rows.length > 0)).toBe(true);
    await server.database.pool.query(
      'truncate query.tickets, query.words, query.deadlines, query.breaches, query.outcomes',
    );
    await server.database.pool.query(
      `update query.checkpoints set position = 0 where subscription = 'query.read-models-2'`,
    );
    await server.restart();
    const { position } = await server.context.log.head();
    await eventually(async () => {
      const answer = await server.client.get('/v1/tickets');
      expect(Number(answer.headers.get('ringback-position'))).toBeGreaterThanOrEqual(position);
      expect(answer.headers.get('ringback-log')).toBe(server.context.logIdentity.name());
    });
    expect(await dump()).toEqual(live);
  });
});

const idsIn = (text: string) => [...text.matchAll(/^id: (\d+)\nevent: /gm)].map(([, id]) => Number(id));

async function readFeed(key: string, query: string, enough: (text: string) => boolean): Promise<string> {
  const abort = new AbortController();
  const response = await fetch(`${server.url}/v1/feed${query}`, {
    headers: { authorization: `Bearer ${key}` },
    signal: abort.signal,
  });
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += Buffer.from(chunk).toString();
    if (enough(text)) break;
  }
  abort.abort();
  return text;
}
