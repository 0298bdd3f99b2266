import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { EventLog, RecordedEvent } from '../../port.ts';
import { createAppliedVersions } from '../../subscribe/applied-versions.ts';
import { createCheckpoint } from '../../subscribe/checkpoint.ts';
import { createInHand } from '../../subscribe/in-hand.ts';
import { createParking } from '../../subscribe/parking.ts';
import { appendTo, createLogDatabase, type LogDatabase, note } from '../../testing/log-database.ts';
import { remember } from '../../testing/remember.ts';
import { createUpcasters } from '../../upcasters.ts';
import { createApplier } from './apply.ts';
import { createWatermark } from './watermark.ts';

const [schema, name] = ['consumer', 'consumer.test'];
const silent = { info: () => {}, warn: () => {}, error: () => {} };
let database: LogDatabase;
let log: EventLog;

beforeAll(async () => {
  database = await createLogDatabase();
  log = database.openLog();
});
beforeEach(async () => {
  await database.pool.query(
    'truncate consumer.seen, consumer.checkpoints, consumer.parked_events, consumer.applied_versions',
  );
  const { position } = await log.head();
  await createCheckpoint(database.pool, schema, name).load(position);
});
afterAll(() => database?.drop());

const applied = createAppliedVersions(schema, name);
const watermark = () => createWatermark({ pool: database.pool, schema, name, category: 'ticket', applied });

const applier = (handle = remember) =>
  createApplier({
    pool: database.pool,
    schema,
    name,
    checkpoint: createCheckpoint(database.pool, schema, name),
    applied,
    parking: createParking(database.pool, schema, name),
    inHand: createInHand(database.pool, schema, name),
    upcasters: createUpcasters(),
    logger: silent,
    handle,
    isAlone: false,
  });

/** As many tickets, each with so many events. */
async function fill(tickets: number, events: number): Promise<{ all: RecordedEvent[]; ids: string[] }> {
  const { position } = await log.head();
  const ids = Array.from({ length: tickets }, () => randomUUID());
  for (let version = 1; version <= events; version += 1)
    await Promise.all(ids.map((id) => log.append(appendTo(id, note(String(version))))));
  return { all: await log.readAll({ after: position, limit: 10_000 }), ids };
}

/** In the order in which they were applied. */
async function seenOf(id: string): Promise<number[]> {
  const { rows } = await database.pool.query(
    'select version from consumer.seen where stream_id = $1 order by nth',
    [id],
  );
  return rows.map(({ version }) => version);
}

const count = async () =>
  (await database.pool.query('select count(*)::int as count from consumer.seen')).rows[0].count;

it('applies what comes twice, late or in disorder once and in order, from many at a time, under a moving watermark', async () => {
  const { all, ids } = await fill(15, 8);
  const slices = Array.from({ length: 60 }, () => {
    const from = Math.floor(Math.random() * all.length);
    return all.slice(from, from + 1 + Math.floor(Math.random() * 25)).toSorted(() => Math.random() - 0.5);
  });
  let running = true;
  const mover = (async () => {
    const moving = watermark();
    while (running) await moving.look();
  })();
  const deadlocks: unknown[] = [];
  await Promise.all(
    Array.from({ length: 5 }, async (_, worker) => {
      const apply = applier();
      for (const slice of slices.filter((_slice, index) => index % 5 === worker))
        await apply(slice).catch((error) => deadlocks.push(error));
    }),
  );
  expect(deadlocks).toEqual([]);
  const apply = applier();
  await apply(all);
  await apply(all);
  running = false;
  await mover;
  for (const id of ids) expect(await seenOf(id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await count()).toBe(all.length);
  const { position } = await log.head();
  expect(await watermark().look()).toMatchObject({ position, head: position, first: null });
  const rows = await database.pool.query('select from consumer.applied_versions where version > 0');
  expect(rows.rowCount).toBe(0);
});

it('reads what was left out and says so; what the log does not have it hands back', async () => {
  const { all, ids } = await fill(2, 4);
  const of = (id: string | undefined, version: number) =>
    all.find((event) => event.streamId === id && event.version === version) as RecordedEvent;
  const apply = applier();
  expect(await apply([of(ids[0], 1), of(ids[0], 4)])).toMatchObject({ filled: 2, ignored: 0, unknown: [] });
  expect(await seenOf(ids[0] as string)).toEqual([1, 2, 3, 4]);
  const strange = { ...of(ids[1], 4), version: 9, position: 999_999 };
  expect(await apply([strange])).toMatchObject({ filled: 4, unknown: [strange] });
  expect(await seenOf(ids[1] as string)).toEqual([1, 2, 3, 4]);
});

it('shows as watermark what every stream has been applied to, and moves it no further', async () => {
  const { all } = await fill(3, 2);
  const [first, ...others] = all as [RecordedEvent, ...RecordedEvent[]];
  const apply = applier();
  await apply(others.filter(({ streamId }) => streamId !== first.streamId));
  expect(await watermark().look()).toMatchObject({
    position: first.position - 1,
    first: { position: first.position },
  });
  expect((await watermark().overdue(0, 10)).map(({ streamId }) => streamId)).toEqual([
    first.streamId,
    first.streamId,
  ]);
  await apply([first]);
  await apply(others);
  expect(await watermark().look()).toMatchObject({ position: all.at(-1)?.position, first: null });
});

it('goes from PostgreSQL to Kafka and back with nothing applied twice', async () => {
  const { all } = await fill(6, 3);
  const ahead = all.filter((_event, index) => index % 2 === 1);
  const apply = applier();
  await apply(ahead);
  const subscription = log.subscribe({ name, schema, category: 'ticket', batchSize: 4, handle: remember });
  await subscription.start();
  // Both at once, as while an installation is switched over.
  await apply(all);
  expect(await subscription.whenProcessed(all.at(-1)?.position ?? 0, 10_000)).toBe(true);
  await subscription.stop();
  expect(await count()).toBe(all.length);
  expect(await subscription.parked()).toEqual([]);
  await apply(all);
  expect(await count()).toBe(all.length);
});

it('parks the stream of an event that fails, counts it as seen, and no one else waits', async () => {
  const { all, ids } = await fill(3, 3);
  const [sick] = ids as [string, string, string];
  const apply = applier(async (events, transaction) => {
    if (events.some(({ streamId, version }) => streamId === sick && version === 2))
      throw new Error('indigestible');
    await remember(events, transaction);
  });
  await apply(all);
  expect(await seenOf(sick)).toEqual([1]);
  expect(await count()).toBe(7);
  const parked = await createParking(database.pool, schema, name).list();
  expect(parked).toMatchObject([{ streamId: sick, events: 2, error: 'indigestible' }]);
  expect(await watermark().look()).toMatchObject({ first: null });
});
