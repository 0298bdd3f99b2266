import type { Contract } from '@ringback/domain/administration';
import type { Coverage } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashSecret } from './authentication.ts';
import { createDirectory } from './directory.ts';
import type { Directory } from './port.ts';
import { project } from './project.ts';
import {
  createDirectoryDatabase,
  type DirectoryDatabase,
  publish,
  schema,
  shippedCatalog,
} from './testing/directory-database.ts';

let database: DirectoryDatabase;
let directory: Directory;

beforeAll(async () => {
  database = await createDirectoryDatabase();
  directory = await database.open();
});
afterAll(() => database.drop());

const processed = (position: number, by: Directory = directory) =>
  expect(by.whenProcessed(position, 5_000)).resolves.toBe(true);

const bakery = {
  name: 'Corner Bakery',
  contacts: [
    {
      id: 'reception',
      name: 'Reception',
      phones: [{ raw: '020 7946 0000', e164: '+442079460000' }],
      emails: ['Desk@Bakery.example'],
    },
  ],
};
const contract = (customerId: string, plan = 'cat-1'): Contract => ({
  customerId,
  catalog: 'cat-levels',
  plan,
  from: null,
  until: null,
  acceptedAt: null,
  paidAt: null,
});

describe('customers', () => {
  it('are found by id, by number and by address', async () => {
    const position = await database.record('customer', 'bakery', 'CustomerDefined', bakery);
    await processed(position);
    expect(await directory.customer('bakery')).toMatchObject({
      ...bakery,
      id: 'bakery',
      version: 1,
      position,
      recordedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const contact = { customerId: 'bakery', contactId: 'reception' };
    expect(await directory.contactsByPhone('+442079460000')).toEqual([contact]);
    expect(await directory.contactsByEmail(' desk@bakery.EXAMPLE ')).toEqual([contact]);
    expect(await directory.customer('nobody')).toBeNull();
    expect(await directory.contactsByPhone('+442079460001')).toEqual([]);
  });

  it('are read again when they have changed', async () => {
    await processed(await database.record('customer', 'mover', 'CustomerDefined', bakery));
    expect((await directory.customer('mover'))?.name).toBe('Corner Bakery');
    const moved = { name: 'Corner Café', contacts: [] };
    await processed(await database.record('customer', 'mover', 'CustomerDefined', moved));
    expect(await directory.customer('mover')).toMatchObject({ ...moved, version: 2 });
    expect(await directory.contactsByPhone('+442079460000')).not.toContainEqual(
      expect.objectContaining({ customerId: 'mover' }),
    );
  });

  it('who share a number are all named', async () => {
    await processed(await database.record('customer', 'sharer', 'CustomerDefined', bakery));
    const owners = (await directory.contactsByPhone('+442079460000')).map(({ customerId }) => customerId);
    expect(owners).toEqual(expect.arrayContaining(['bakery', 'sharer']));
  });
});

describe('contracts', () => {
  it('belong to a customer, and may pass to another', async () => {
    await database.record('contract', 'c-1', 'ContractDefined', contract('one'));
    await processed(await database.record('contract', 'c-2', 'ContractDefined', contract('one', 'cat-2')));
    expect((await directory.contractsOf('one')).map(({ id }) => id)).toEqual(['c-1', 'c-2']);
    expect((await directory.contract('c-2'))?.plan).toBe('cat-2');
    expect(await directory.contractsOf('two')).toEqual([]);
    await processed(await database.record('contract', 'c-2', 'ContractDefined', contract('two', 'cat-4')));
    expect((await directory.contractsOf('one')).map(({ id }) => id)).toEqual(['c-1']);
    expect((await directory.contractsOf('two')).map(({ id }) => id)).toEqual(['c-2']);
    expect((await directory.contract('c-2'))?.plan).toBe('cat-4');
    expect(await directory.contract('c-9')).toBeNull();
  });
});

describe('what is small', () => {
  it('is there while it is defined', async () => {
    const integration = {
      adapter: 'zammad',
      name: 'PBX',
      tokenHash: hashSecret('token'),
      defaultCountry: 'GB',
      timeZone: 'Europe/London',
      catalog: null,
      priority: null,
    };
    await processed(await database.record('integration', 'pbx', 'IntegrationDefined', integration));
    expect(directory.integration('pbx')).toMatchObject(integration);
    expect(directory.integrationByToken('token')?.id).toBe('pbx');
    expect(directory.integrationByToken('another')).toBeNull();
    await processed(await database.record('integration', 'pbx', 'IntegrationRemoved', {}));
    expect(directory.integration('pbx')).toBeNull();
    expect(directory.integrationByToken('token')).toBeNull();
  });

  it('is listed', async () => {
    const onCall = { catalog: null, priorities: ['urgent'], email: 'a@b.example', url: null, secret: null };
    const subscription = {
      channel: 'email' as const,
      name: 'Operations',
      url: null,
      email: 'a@b.example',
      eventTypes: [],
      customerId: null,
      secret: null,
      enabled: true,
    };
    await database.record('on-call', 'night', 'OnCallDefined', onCall);
    await processed(await database.record('subscription', 'operations', 'SubscriptionDefined', subscription));
    expect(directory.onCall()).toMatchObject([{ id: 'night', ...onCall }]);
    expect(directory.subscriptions()).toMatchObject([{ id: 'operations', ...subscription }]);
  });

  it('tells of its changes', async () => {
    const told: string[] = [];
    const stop = directory.onChanged((kind, id) => told.push(`${kind}:${id}`));
    const deaf = directory.onChanged(() => {
      throw new Error('a listener that fails');
    });
    await processed(await database.record('customer', 'told', 'CustomerDefined', bakery));
    expect(told).toContain('customer:told');
    stop();
    deaf();
    await processed(await database.record('customer', 'untold', 'CustomerDefined', bakery));
    expect(told).not.toContain('customer:untold');
  });
});

describe('catalogs', () => {
  const working = 'cat-levels/working';

  it('are kept in every version', async () => {
    const first = shippedCatalog('cat-levels');
    const { 'cat-4': dropped, ...plans } = first.plans;
    expect(dropped).toBeDefined();
    await database.record('catalog', 'cat-levels', 'CatalogPublished', publish(first, 1));
    await processed(
      await database.record('catalog', 'cat-levels', 'CatalogPublished', publish({ ...first, plans }, 2)),
    );
    expect(directory.catalogs().map(({ id, version }) => [id, version])).toEqual([['cat-levels', 2]]);
    expect(directory.catalog('cat-levels')?.version).toBe(2);
    expect(directory.catalog('cat-levels', 1)?.content).toEqual(first);
    expect(directory.catalog('cat-levels', 3)).toBeNull();
    expect(directory.catalog('unheard-of')).toBeNull();
    expect(directory.catalogWithPlan('cat-levels', 'cat-4')?.version).toBe(1);
    expect(directory.catalogWithPlan('cat-levels', 'cat-1')?.version).toBe(2);
    expect(directory.catalogWithPlan('cat-levels', 'gold')).toBeNull();
  });

  it('have calendars whose exceptions come and go', async () => {
    const exception = { calendar: working, date: '2026-12-28', hours: [], reason: 'Shutdown' };
    const added = await database.record('calendar', working, 'CalendarExceptionAdded', exception);
    await processed(added);
    expect(directory.calendarExceptions('cat-levels')).toMatchObject([
      { ...exception, position: added, removedAt: null },
    ]);
    const removal = { calendar: working, date: '2026-12-28' };
    const removed = await database.record('calendar', working, 'CalendarExceptionRemoved', removal);
    await processed(removed);
    expect(directory.calendarExceptions('cat-levels')).toMatchObject([
      { ...exception, position: added, removedAt: expect.any(String) },
    ]);

    const reference = { catalog: 'cat-levels', catalogVersion: 2, plan: 'cat-1' };
    const opened = directory.calendarExceptions('cat-levels')[0]?.addedAt ?? '';
    const before = new Date(Date.parse(opened) - 1).toISOString();
    expect(directory.plansInForce(reference, before).map(({ cause }) => cause?.position ?? null)).toEqual([
      null,
      added,
      removed,
    ]);
  });

  it('have one exception for a date: the last', async () => {
    const exception = { calendar: working, date: '2026-12-30', hours: [], reason: 'Shutdown' };
    await database.record('calendar', working, 'CalendarExceptionAdded', exception);
    const open = { ...exception, hours: [['09:00', '12:00']] as [string, string][] };
    const position = await database.record('calendar', working, 'CalendarExceptionAdded', open);
    await processed(position);
    const present = directory
      .calendarExceptions('cat-levels')
      .filter(({ date, removedAt }) => date === '2026-12-30' && removedAt === null);
    expect(present).toMatchObject([{ ...open, position }]);
    const reference = { catalog: 'cat-levels', catalogVersion: 2, plan: 'cat-1' };
    expect(directory.plansInForce(reference, '2026-01-01T00:00:00.000Z').at(-1)?.cause?.position).toBe(
      position,
    );
  });

  it('tell when a lapsed contract covers a ticket after all', async () => {
    const until = new Date(Date.now() - 60_000).toISOString();
    const opened = await database.record('contract', 'lapsed', 'ContractDefined', {
      ...contract('one'),
      until,
    });
    await processed(opened);
    const openedAt = (await database.log.head()).recordedAt;
    expect(await directory.recovery('lapsed', openedAt)).toBeNull();
    await eventually(async () => {
      await database.record('customer', 'meanwhile', 'CustomerDefined', bakery);
      return (await database.log.head()).recordedAt > openedAt;
    });
    const renewed = await database.record('contract', 'lapsed', 'ContractDefined', contract('one'));
    expect(await directory.recovery('lapsed', openedAt)).toMatchObject({ position: renewed });
    expect(await directory.recovery('never', openedAt)).toBeNull();

    const plan = { catalog: 'cat-levels', catalogVersion: 2, plan: 'cat-1' };
    const lapsed = { contractId: 'lapsed', standing: 'ended' as const, plan, chargeable: true };
    const causes = async (coverage: Coverage) =>
      (await directory.plansForTicket(coverage, openedAt)).map(({ cause }) => cause);
    expect(await causes(lapsed)).toEqual([null, { kind: 'contract', id: 'lapsed', position: renewed }]);
    expect(await causes({ ...lapsed, standing: 'active' })).toEqual([null]);
    expect(await causes({ ...lapsed, contractId: null, standing: 'none' })).toEqual([null]);
    expect(await causes({ ...lapsed, plan: null })).toEqual([]);
  });

  it('must be known before a ticket’s plan is asked for', () => {
    const reference = { catalog: 'unheard-of', catalogVersion: 1, plan: 'gold' };
    expect(() => directory.plansInForce(reference, '2026-03-02T09:00:00.000Z')).toThrow(/unheard-of\/gold/);
  });
});

describe('a list', () => {
  it('comes in pages, by id, without what was removed', async () => {
    const key = { name: 'x', scopes: [], customerId: null, expiresAt: null };
    for (const id of ['b', 'a', 'C', 'd']) {
      await database.record('api-key', id, 'ApiKeyCreated', { ...key, hash: hashSecret(`list-${id}`) });
    }
    await processed(await database.record('api-key', 'd', 'ApiKeyRevoked', {}));
    const first = await directory.list('api-key', { after: null, limit: 2 });
    expect(first.map(({ id }) => id)).toEqual(['C', 'a']);
    const second = await directory.list('api-key', { after: 'a', limit: 2 });
    expect(second.map(({ id }) => id)).toEqual(['b']);
  });
});

describe('the projection', () => {
  it('is there again after a restart, without being told of anything new', async () => {
    await processed((await database.log.head()).position);
    const restarted = await database.open();
    expect(restarted.catalog('cat-levels')?.version).toBe(2);
    expect(restarted.calendarExceptions('cat-levels')).toEqual(directory.calendarExceptions('cat-levels'));
    expect(restarted.onCall()).toEqual(directory.onCall());
    expect(await restarted.customer('bakery')).toEqual(await directory.customer('bakery'));
    await restarted.stop();
  });

  it('is the same in every instance of the service, whichever applied the event', async () => {
    const other = await database.open();
    const name = (count: number) => ({ name: `Bakery ${count}`, contacts: [] });
    for (let count = 1; count <= 20; count += 1) {
      const position = await database.record('customer', 'everywhere', 'CustomerDefined', name(count));
      await Promise.all([processed(position), processed(position, other)]);
      expect((await directory.customer('everywhere'))?.name).toBe(`Bakery ${count}`);
      expect((await other.customer('everywhere'))?.name).toBe(`Bakery ${count}`);
    }
    await other.stop();
  });

  it('rebuilt from the log equals the one that was maintained live', async () => {
    const { position } = await database.log.head();
    await processed(position);
    await database.addSchema('rebuilt');
    const rebuilt = await database.open({ schema: 'rebuilt' });
    await processed(position, rebuilt);
    for (const [table, columns] of Object.entries({
      administration_aggregates: 'kind, id, version, position, recorded_at, state',
      administration_contact_addresses: 'customer_id, contact_id, kind, address',
      administration_catalog_versions: 'catalog, version, position, published_at, digest, content',
      administration_calendar_exceptions:
        'position, calendar, date, hours, reason, added_at, removed_position, removed_at',
    })) {
      const read = async (name: string) =>
        (await database.pool.query(`select ${columns} from ${name}.${table} order by ${columns}`)).rows;
      const live = await read(schema);
      expect(live.length).toBeGreaterThan(0);
      expect(await read('rebuilt')).toEqual(live);
    }
    await rebuilt.stop();
  });

  it('does not change when events come again', async () => {
    const events = await database.log.readAll({ after: 0, limit: 1_000, category: 'administration' });
    const read = async () =>
      (await database.pool.query(`select * from ${schema}.administration_aggregates order by kind, id`)).rows;
    const before = await read();
    const client = await database.pool.connect();
    await client.query('begin');
    await project(events, client, schema);
    await client.query('commit');
    client.release();
    expect(await read()).toEqual(before);
  });

  it('parks an event that is in the wrong stream, and goes on with the others', async () => {
    await database.record('customer', 'lost', 'ApiKeyRevoked', {});
    const position = await database.record('customer', 'found', 'CustomerDefined', bakery);
    await processed(position);
    expect((await directory.subscription.parked()).map(({ streamId }) => streamId)).toEqual([
      'customer:lost',
    ]);
    expect(await directory.customer('found')).not.toBeNull();
    expect(directory.subscription.healthy()).toBe(true);
  });

  it('keeps the names of schemas apart', async () => {
    const stranger = createDirectory({
      log: database.log,
      pool: database.pool,
      schema: 'unmigrated',
      logger: { info: () => {}, warn: () => {}, error: () => {} },
    });
    await expect(stranger.start()).rejects.toThrow(/unmigrated/);
    await eventually(() => directory.subscription.healthy());
  });
});
