import { randomUUID } from 'node:crypto';
import { formatReference } from '@ringback/domain/ticket';
import type { ServiceContext } from '@ringback/service-kit';
import { type HttpClient, recordStatements } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeServer, portalOf, startIntake } from '../testing/intake-server.ts';

let server: IntakeServer;
let bakery: HttpClient;
beforeAll(async () => {
  server = await startIntake();
  bakery = await portalOf(server.client, 'bakery');
});
afterAll(() => server.stop());

/** What each command needs, so that only the instant is at fault. */
const minimal: { [command: string]: object } = {
  assign: { assignee: 'x' },
  reply: { text: 'x' },
  note: { text: 'x' },
  'set-priority': { priority: 'x' },
  hold: { reason: 'manufacturer' },
  release: { reason: 'manufacturer' },
  'mark-out-of-scope': { reason: 'x' },
  'identify-customer': { customerId: 'x' },
  decline: { reason: 'x' },
  'log-work': { minutes: 5 },
  'agree-turnaround': { dueAt: '2199-01-01T00:00:00.000Z' },
};

describe('a customer’s own key', () => {
  it('never dates what it does: the error names the field, and nothing is recorded', async () => {
    const { body: own } = await bakery.post('/v1/tickets', { subject: 'Mine' });
    await server.client.post(`/v1/tickets/${own.id}/resolve`);
    const before = (await server.client.post(`/v1/tickets/${own.id}/note`, { text: 'x' })).body.version;
    for (const occurredAt of [new Date(Date.now() - 3_600_000).toISOString(), new Date().toISOString()]) {
      for (const [path, body] of [
        ['', { subject: 'Long ago' }],
        [`/${own.id}/reply`, { text: 'It was back yesterday.' }],
        [`/${own.id}/reopen`, { reason: 'Again.' }],
        [`/${own.id}/close`, { reason: 'Done.' }],
        // One that is not there is refused alike.
        [`/${randomUUID()}/reply`, { text: 'x' }],
      ] as const) {
        const { status, body: problem } = await bakery.post(`/v1/tickets${path}`, { ...body, occurredAt });
        expect([path, status, problem.errors?.[0]]).toEqual([
          path,
          422,
          { pointer: '/body/occurredAt', detail: expect.stringContaining('cannot date what it does') },
        ]);
      }
    }
    const after = await server.client.post(`/v1/tickets/${own.id}/note`, { text: 'y' });
    expect(after.body).toMatchObject({ version: before + 1, state: 'resolved' });
    expect(
      (await server.client.post(`/v1/tickets/${own.id}/reply`, { text: 'x', occurredAt: own.openedAt }))
        .status,
    ).toBe(200);
  });

  it('may date nothing by any route that its scopes reach', async () => {
    const { body: own } = await bakery.post('/v1/tickets', { subject: 'Mine' });
    const { body: description } = await bakery.get('/openapi.json');
    const dating = Object.entries<Record<string, { requestBody?: object }>>(description.paths).filter(
      ([, { post, put }]) => JSON.stringify([post?.requestBody, put?.requestBody]).includes('"occurredAt"'),
    );
    expect(dating.length).toBeGreaterThan(20);
    for (const [path] of dating) {
      const answer = await bakery.post(path.replace('{ticket}', own.id), {
        ...{ subject: 'x', occurredAt: own.openedAt, ...minimal[path.split('/').at(-1) ?? ''] },
        ...(path.includes('{ticket}') ? { subject: undefined } : {}),
      });
      const isTheirs = [
        '/v1/tickets',
        ...['reply', 'reopen', 'close'].map((name) => `/v1/tickets/{ticket}/${name}`),
      ];
      expect([path, answer.status]).toEqual([path, isTheirs.includes(path) ? 422 : 403]);
    }
  });

  it('reads of its ticket what it may, in every answer to what it does', async () => {
    const key = { 'idempotency-key': randomUUID() };
    const { body: own } = await bakery.post('/v1/tickets', { subject: 'Mine' }, key);
    await server.client.post(`/v1/tickets/${own.id}/assign`, { assignee: 'emma' });
    await server.client.post(`/v1/tickets/${own.id}/log-work`, { minutes: 25 });
    const again = { 'idempotency-key': randomUUID() };
    const answers = [
      own,
      (await bakery.post('/v1/tickets', { subject: 'Mine' }, key)).body,
      (await bakery.post(`/v1/tickets/${own.id}/reply`, { text: 'x' }, again)).body,
      (await bakery.post(`/v1/tickets/${own.id}/reply`, { text: 'x' }, again)).body,
      (await bakery.post(`/v1/tickets/${own.id}/close`, { reason: 'x' })).body,
      (await bakery.post(`/v1/tickets/${own.id}/close`, { reason: 'x' })).body,
      (await bakery.post(`/v1/tickets/${own.id}/reopen`)).body,
    ];
    for (const answer of answers)
      expect(answer).toMatchObject({ id: own.id, assignee: null, workedMinutes: null });
    expect((await server.client.post(`/v1/tickets/${own.id}/acknowledge`)).body).toMatchObject({
      assignee: 'emma',
      workedMinutes: 25,
    });
  });

  it('takes the same work for another customer’s ticket as for none, by id and by reference', async () => {
    const { body: foreign } = await server.client.post('/v1/tickets', {
      subject: 'x',
      customerId: 'dentist',
    });
    for (let index = 0; index < 20; index += 1)
      await server.client.post(`/v1/tickets/${foreign.id}/note`, { text: String(index) });
    const { body: unknown } = await server.client.post('/v1/tickets', {
      subject: 'x',
      phone: '+49 30 99999999',
    });
    const { pool } = server.running.contexts.get('intake') as ServiceContext;
    const isOf = (statement: string) =>
      /^ringback-(read-(own-)?streams?-|append)|log\.(head$|commands)/.test(statement);
    const ask = async (path: string, body: object, headers = {}) => {
      let answer = await bakery.get('/v1/calendars');
      const statements = await recordStatements(pool, isOf, async () => {
        answer = await bakery.post(path, body, headers);
      });
      const { instance: _, requestId: __, ...problem } = answer.body;
      return { status: answer.status, problem, statements };
    };
    for (const [absent, names] of [
      [randomUUID(), [foreign.id, unknown.id]],
      [formatReference(999_999), [foreign.reference, unknown.reference]],
    ] as const) {
      for (const command of ['reply', 'reopen', 'close']) {
        for (const header of [
          (): object => ({}),
          () => ({ 'idempotency-key': randomUUID() }),
          () => ({ 'if-match': '"1"' }),
        ]) {
          const body = command === 'reply' ? { text: 'x' } : { reason: 'x' };
          const expected = await ask(`/v1/tickets/${absent}/${command}`, body, header());
          expect(expected).toMatchObject({ status: 404, problem: { code: 'ticket-not-found' } });
          expect(expected.statements.length).toBeGreaterThan(0);
          for (const name of names)
            expect(await ask(`/v1/tickets/${name}/${command}`, body, header())).toEqual(expected);
        }
      }
    }
    const following = (refersToTicketId: string) => ask('/v1/tickets', { subject: 'x', refersToTicketId });
    const expected = await following(randomUUID());
    expect(expected).toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/body/refersToTicketId' }] },
    });
    for (const { id } of [foreign, unknown]) expect(await following(id)).toEqual(expected);
  });

  it('and staff’s key may act on one ticket at once: both are heard', async () => {
    const { body: own } = await bakery.post('/v1/tickets', { subject: 'Mine' });
    const both = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 === 0 ? bakery : server.client).post(`/v1/tickets/${own.id}/reply`, {
          text: String(index),
        }),
      ),
    );
    expect(both.map(({ status }) => status)).toEqual(both.map(() => 200));
    expect(Math.max(...both.map(({ body }) => body.version))).toBe(13);
  });
});
