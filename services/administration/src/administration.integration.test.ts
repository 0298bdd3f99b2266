import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IntakeServer, startIntake } from '../../intake/src/testing/intake-server.ts';

const levels = readFileSync(new URL('../../../catalogs/cat-levels.yaml', import.meta.url), 'utf8');
const yaml = { 'content-type': 'application/yaml' };

let server: IntakeServer;
beforeAll(async () => {
  server = await startIntake();
});
afterAll(() => server.stop());

describe('what is defined', () => {
  it('is there at once, has a version, and stays as it is when nothing changes', async () => {
    const customer = {
      name: 'Florist',
      contacts: [{ id: 'shop', name: 'Shop', phones: ['+44 20 7946 0000'] }],
    };
    const first = await server.client.put('/v1/customers/florist', customer);
    expect(first).toMatchObject({
      status: 200,
      body: { version: 1, contacts: [{ phones: [{ e164: '+442079460000' }] }] },
    });
    expect((await server.client.put('/v1/customers/florist', customer)).body.version).toBe(1);
    expect(
      (await server.client.put('/v1/customers/florist', { ...customer, name: 'Flowers' })).body.version,
    ).toBe(2);
    expect((await server.client.get('/v1/customers/florist')).body.name).toBe('Flowers');
    expect((await server.client.put('/v1/customers/florist', customer, { 'if-match': '"1"' })).status).toBe(
      412,
    );
    expect((await server.client.get('/v1/customers/nobody')).body.code).toBe('customer-not-found');
  });

  it('is listed page by page', async () => {
    for (let index = 0; index < 5; index += 1)
      await server.client.put(`/v1/customers/listed-${index}`, { name: `Listed ${index}` });
    const seen: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const { body } = await server.client.get(
        `/v1/customers?limit=2${next === '' ? '' : `&cursor=${next}`}`,
      );
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      next = body.next;
    }
    expect(seen.filter((id) => id.startsWith('listed-'))).toHaveLength(5);
    expect(new Set(seen).size).toBe(seen.length);
    expect(await server.client.get('/v1/customers?cursor=forged')).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/query/cursor' }] },
    });
    expect((await server.client.get('/v1/customers?limit=0')).status).toBe(422);
  });

  it.each([
    [
      'a number that is none',
      '/v1/customers/x',
      { name: 'X', contacts: [{ name: 'A', phones: ['+49 30 1', 'ring me'] }] },
      '/body/contacts/0/phones/1',
    ],
    [
      'an unknown customer',
      '/v1/contracts/x',
      { customerId: 'nobody', plan: 'cat-levels/cat-1' },
      '/body/customerId',
    ],
    ['an unknown plan', '/v1/contracts/x', { customerId: 'bakery', plan: 'cat-levels/cat-9' }, '/body/plan'],
    [
      'an end before the beginning',
      '/v1/contracts/x',
      {
        customerId: 'bakery',
        plan: 'cat-levels/cat-1',
        from: '2026-02-01T00:00:00Z',
        until: '2026-01-01T00:00:00Z',
      },
      '/body/until',
    ],
  ])('with %s is refused, and the field named', async (_, path, body, pointer) => {
    const answer = await server.client.put(path, body);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
  });
});

describe('a catalog', () => {
  it('is shipped, read in every version, and published as YAML or JSON', async () => {
    const { body } = await server.client.get('/v1/catalogs');
    expect(body.items.map(({ id }: { id: string }) => id).sort()).toEqual([
      'cat-levels',
      'contract-levels',
      'set-rate-contract',
      'support-subscription',
      'technical-support-centre',
    ]);
    const changed = levels.replace('name: Cat levels of support', 'name: Levels');
    expect((await server.client.put('/v1/catalogs/cat-levels', changed, yaml)).body.version).toBe(2);
    expect((await server.client.put('/v1/catalogs/cat-levels', changed, yaml)).body.version).toBe(2);
    expect((await server.client.get('/v1/catalogs/cat-levels?version=1')).body.content.name).toBe(
      'Cat levels of support',
    );
    const { content } = (await server.client.get('/v1/catalogs/cat-levels')).body;
    expect(
      (await server.client.put('/v1/catalogs/cat-levels', { ...content, name: 'Once more' })).body.version,
    ).toBe(3);
    expect((await server.client.get('/v1/catalogs/unknown')).status).toBe(404);
  });

  it('with mistakes is refused: line, path and what is allowed of each', async () => {
    const broken = levels
      .replace('calendar: extended', 'calendar: whenever')
      .replace('planWithoutContract: none', 'planWithoutContract: nothing');
    const answer = await server.client.put('/v1/catalogs/cat-levels', broken, yaml);
    expect(answer).toMatchObject({ status: 422, body: { code: 'catalog-invalid' } });
    const line = broken.split('\n').findIndex((text) => text.includes('calendar: whenever')) + 1;
    expect(answer.body.errors).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          pointer: '/planWithoutContract',
          detail: expect.stringContaining('cat-1'),
        }),
        expect.objectContaining({
          line,
          pointer: '/plans/cat-2/objectives/normal/0/calendar',
          detail: expect.stringContaining('extended'),
        }),
      ]),
    );
    expect((await server.client.put('/v1/catalogs/other', levels, yaml)).body.code).toBe('catalog-invalid');
  });
});

describe('a calendar exception', () => {
  it('is added, refused a second time for its date, listed and taken back', async () => {
    const path = '/v1/calendars/cat-levels.working/exceptions';
    const exception = { date: '2027-03-01', hours: [['09:00', '12:00']], reason: 'Office move' };
    expect(await server.client.post(path, exception)).toMatchObject({
      status: 201,
      body: { calendar: 'cat-levels.working' },
    });
    expect((await server.client.post(path, exception)).status).toBe(201);
    expect((await server.client.post(path, { ...exception, hours: [] })).body.code).toBe('already-exists');
    expect((await server.client.get(path)).body.items).toHaveLength(1);
    expect((await server.client.delete(`${path}/2027-03-01`)).status).toBe(204);
    expect((await server.client.get(path)).body.items).toEqual([]);
    expect((await server.client.post('/v1/calendars/always/exceptions', exception)).body.detail).toContain(
      'Several catalogs',
    );
    expect((await server.client.post('/v1/calendars/moonlight/exceptions', exception)).status).toBe(404);
  });
});

describe('secrets', () => {
  it('are shown once and never again', async () => {
    const subscription = await server.client.post('/v1/subscriptions', {
      name: 'Portal',
      channel: 'webhook',
      url: 'https://portal.example/',
    });
    expect(subscription.body.secret).toMatch(/^whsec_/);
    const key = await server.client.post('/v1/api-keys', { name: 'Reader', scopes: ['tickets:read'] });
    const integration = await server.client.post('/v1/integrations', {
      adapter: 'zammad-cti',
      name: 'PBX',
      defaultCountry: 'GB',
      timeZone: 'Europe/London',
    });
    const token = integration.body.webhookUrl.split('/').at(-1);
    const { rows } = await server.database.pool.query('select data::text as text from log.events');
    const stored = rows.map(({ text }) => text).join('\n');
    for (const path of [
      '/v1/subscriptions',
      '/v1/api-keys',
      '/v1/integrations',
      `/v1/integrations/${integration.body.id}`,
    ]) {
      const { body } = await server.client.get(path);
      for (const secret of [subscription.body.secret, key.body.key, token])
        expect(JSON.stringify(body)).not.toContain(secret);
    }
    for (const secret of [subscription.body.secret, key.body.key, token])
      expect(stored).not.toContain(secret);
  });

  it('come again under the same Idempotency-Key, and nothing is made twice', async () => {
    for (const [path, body] of [
      ['/v1/api-keys', { name: 'Repeated', scopes: ['tickets:read'] }],
      ['/v1/subscriptions', { name: 'Repeated', channel: 'webhook', url: 'https://portal.example/again' }],
      [
        '/v1/integrations',
        { adapter: 'zammad-cti', name: 'Repeated', defaultCountry: 'GB', timeZone: 'Europe/London' },
      ],
    ] as const) {
      const send = () =>
        server.client.post(path, body, { 'idempotency-key': `repeat ${path}`.replaceAll(' ', '-') });
      const [first, second] = [await send(), await send()];
      expect([second.status, second.body]).toEqual([201, first.body]);
      const { items } = (await server.client.get(path)).body;
      expect(items.filter(({ name }: { name: string }) => name === 'Repeated')).toHaveLength(1);
    }
  });

  it('of a key that is revoked count no more', async () => {
    const { body } = await server.client.post('/v1/api-keys', { name: 'Short', scopes: ['tickets:read'] });
    expect((await server.client.as(body.key).get('/v1/catalogs')).status).toBe(200);
    expect((await server.client.delete(`/v1/api-keys/${body.id}`)).status).toBe(204);
    expect((await server.client.as(body.key).get('/v1/catalogs')).status).toBe(401);
  });

  it('are not asked for what cannot be', async () => {
    for (const [path, request, pointer] of [
      ['/v1/subscriptions', { name: 'X', channel: 'webhook', url: 'ftp://x' }, '/body/url'],
      [
        '/v1/subscriptions',
        { name: 'X', channel: 'webhook', url: 'https://me:secret@x.example/' },
        '/body/url',
      ],
      ['/v1/api-keys', { name: 'X', scopes: ['everything'] }, '/body/scopes/0'],
      [
        '/v1/integrations',
        { adapter: 'smoke', name: 'X', defaultCountry: 'GB', timeZone: 'Europe/London' },
        '/body/adapter',
      ],
      [
        '/v1/integrations',
        { adapter: 'zammad-cti', name: 'X', defaultCountry: 'GB', timeZone: 'Moon/Base' },
        '/body/timeZone',
      ],
      [
        '/v1/integrations',
        {
          adapter: 'zammad-cti',
          name: 'X',
          defaultCountry: 'GB',
          timeZone: 'Europe/London',
          priority: 'odd',
        },
        '/body/priority',
      ],
      [
        '/v1/subscriptions',
        { name: 'X', channel: 'email', email: 'x@x.example', customerId: 'nobody' },
        '/body/customerId',
      ],
      [
        '/v1/api-keys',
        { name: 'X', scopes: ['tickets:read'], expiresAt: '2020-01-01T00:00:00Z' },
        '/body/expiresAt',
      ],
      ['/v1/api-keys', { name: 'X', scopes: ['tickets:read', 'tickets:read'] }, '/body/scopes'],
      ['/v1/api-keys', { name: ' ', scopes: ['tickets:read'] }, '/body/name'],
    ] as const) {
      const answer = await server.client.post(path, request);
      expect(answer.status).toBe(422);
      expect(answer.body.errors.map((error: { pointer: string }) => error.pointer)).toContain(pointer);
    }
  });
});

describe('who is on call', () => {
  it('is accepted with priorities that exist, and with no others', async () => {
    const email = 'standby@provider.example';
    const put = (body: object) => server.client.put('/v1/on-call/standby', { email, ...body });
    expect((await put({ priorities: ['urgent'] })).status).toBe(200);
    expect((await put({ priorities: ['urgent'], catalog: 'set-rate-contract' })).status).toBe(200);
    for (const [body, pointer] of [
      [{ priorities: ['normal', 'odd'] }, '/body/priorities/1'],
      [{ priorities: ['urgent'], catalog: 'cat-levels' }, '/body/priorities/0'],
      [{ priorities: ['urgent'], catalog: 'x' }, '/body/catalog'],
    ] as const) {
      const answer = await put(body);
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([422, pointer]);
    }
  });
});

describe('a contract', () => {
  it('names the instant that is none, also alongside one that is', async () => {
    const contract = { customerId: 'bakery', plan: 'cat-levels/cat-1', from: '2026-01-01T00:00:00Z' };
    for (const until of ['tomorrow', '', '0000-01-01T00:00:00Z', '2200-01-01T00:00:00Z']) {
      const answer = await server.client.put('/v1/contracts/odd', { ...contract, until });
      expect([until, answer.status, answer.body.errors[0].pointer]).toEqual([until, 422, '/body/until']);
    }
  });
});

describe('computations', () => {
  it('answer from the published catalogs and name the field that is wrong', async () => {
    const history = {
      catalog: 'technical-support-centre',
      plan: 'after-hours',
      priority: 'emergency',
      events: [{ type: 'TicketOpened', at: '2026-03-01T22:00:00+02:00' }],
      asOf: '2026-03-01T20:30:00Z',
    };
    expect((await server.client.post('/v1/simulations', history)).body.clocks).toEqual([
      expect.objectContaining({
        objective: 'response',
        state: 'running',
        dueAt: '2026-03-01T21:00:00.000Z',
        served: 'PT30M',
        remaining: 'PT30M',
      }),
    ]);
    for (const [change, pointer] of [
      [{ catalog: 'x' }, '/body/catalog'],
      [{ plan: 'x' }, '/body/plan'],
      [{ priority: 'x' }, '/body/priority'],
      [{ events: [] }, '/body/events'],
      [{ events: [{ type: 'Opened', at: '2026-03-01T20:00:00Z' }] }, '/body/events/0/type'],
      [{ events: [{ type: 'TicketOpened', at: 'noon' }] }, '/body/events/0/at'],
      [
        { calendarExceptions: [{ calendar: 'x', date: '2026-03-01', hours: [] }] },
        '/body/calendarExceptions/0/calendar',
      ],
    ] as const) {
      const answer = await server.client.post('/v1/simulations', { ...history, ...change });
      expect(answer.status, pointer).toBe(422);
      expect(answer.body.errors[0].pointer).toBe(pointer);
    }
  });
});
