import { randomUUID } from 'node:crypto';
import { migrate } from '@ringback/event-log';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { intakeMigrations } from '../migrations.ts';
import {
  type DeliveryLease,
  finishDelivery,
  leaseDeliveries,
  releaseDeliveries,
  storeDelivery,
} from './delivery-store.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.pool, 'intake', intakeMigrations);
});
beforeEach(() => database.pool.query('truncate intake.deliveries restart identity'));
afterAll(() => database.drop());

const mine: DeliveryLease = { owner: randomUUID(), milliseconds: 60_000, limit: 3, withSuspects: true };
const theirs: DeliveryLease = { ...mine, owner: randomUUID() };

async function store(count: number): Promise<void> {
  for (let nth = 0; nth < count; nth += 1)
    await storeDelivery(database.pool, 'i', 'zammad-cti', {
      contentType: null,
      query: `nth=${nth}`,
      body: Buffer.alloc(0),
    });
}
const lease = async (as: DeliveryLease) => (await leaseDeliveries(database.pool, as)).map(({ id }) => id);
/** As when the owner of a lease is gone. */
const expire = () =>
  database.pool.query(`update intake.deliveries set leased_until = 'epoch' where leased_until is not null`);

it('Deliveries are leased in the order of their arrival, each to one owner', async () => {
  await store(5);
  expect(await lease(mine)).toEqual([1, 2, 3]);
  expect(await lease(theirs)).toEqual([4, 5]);
  expect(await lease(mine)).toEqual([]);
});

it('A delivery whose try has not ended is leased alone, after those that arrived before it', async () => {
  await store(3);
  expect(await lease({ ...mine, limit: 2 })).toEqual([1, 2]);
  await finishDelivery(database.pool, 1, 'pending', 'later', 0);
  await expire();
  expect(await lease(mine)).toEqual([1]);
  expect(await lease(mine)).toEqual([2]);
  expect(await lease(mine)).toEqual([3]);
});

it('A delivery whose try has not ended is passed over where no suspects are wanted', async () => {
  await store(3);
  await lease({ ...mine, limit: 1 });
  await expire();
  expect(await lease({ ...mine, withSuspects: false })).toEqual([2, 3]);
});

it('A try that is given back leaves no trace, even when another has taken the delivery since', async () => {
  await store(1);
  await lease(mine);
  await expire();
  const [taken] = await leaseDeliveries(database.pool, theirs);
  expect(taken).toMatchObject({ attempts: 2, unfinishedBefore: 1 });
  await releaseDeliveries(database.pool, [1], mine.owner);
  expect(await lease(mine)).toEqual([]);
  await releaseDeliveries(database.pool, [1], theirs.owner);
  expect(await leaseDeliveries(database.pool, mine)).toMatchObject([{ attempts: 1, unfinishedBefore: 0 }]);
});

it('Finding what is due does not read what is done with', async () => {
  await database.pool.query(
    `insert into intake.deliveries (integration_id, adapter, query, body, digest, state)
     select 'i', 'zammad-cti', '', '', nth::text, 'done' from generate_series(1, 20000) nth`,
  );
  await store(1);
  await database.pool.query('vacuum analyze intake.deliveries');
  const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>(
    `explain select id from intake.deliveries where state = 'pending' and next_attempt_at <= clock_timestamp()
       and (leased_until is null or leased_until < clock_timestamp()) and (true or unfinished = 0)
     order by id limit 10 for update skip locked`,
  );
  expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('deliveries_pending');
  expect(await lease(mine)).toEqual([20_001]);
});
