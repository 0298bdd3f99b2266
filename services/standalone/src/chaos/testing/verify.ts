import { readTopic } from '@ringback/event-log';
import { eventually } from '@ringback/test-kit';
import { expect } from 'vitest';
import type { Constellation } from './constellation.ts';
import { expectedMisses, recordedMisses } from './expected-misses.ts';
import type { Load } from './load.ts';
import { expectRebuilt } from './rebuilt.ts';
import { type Recorded, readTickets } from './recorded.ts';

const settleWithin = { timeout: 60_000, interval: 200 };

/**
 * Holds everything against what the writers were promised, once the load has stopped and every service is back: the log,
 * the misses, and each consumer. Stops the query service at the end.
 */
export async function verify(constellation: Constellation, load: Load): Promise<void> {
  await constellation.ready();
  expect(load.unexpected).toEqual([]);
  expect(load.acknowledged.size).toBeGreaterThan(0);
  const events = await settledMisses(constellation);
  expectAcknowledged(events, load);
  expectDense(events);
  await expectSeen(constellation, events);
  await expectPublished(constellation, events);
  await expectTold(constellation, events);
  await expectRebuilt(constellation);
}

/** The log once every deadline has passed and is recorded: each miss that there is, once, and no other. */
async function settledMisses({ pool }: Constellation): Promise<Recorded[]> {
  return await eventually(async () => {
    const events = await readTickets(pool);
    const histories = [...Map.groupBy(events, ({ stream }) => stream)];
    const by = (misses: typeof recordedMisses) =>
      Object.fromEntries(histories.map(([id, history]) => [id, misses(history)]));
    expect(by(recordedMisses)).toEqual(by(expectedMisses));
    return events;
  }, settleWithin);
}

/** Of each ticket exactly what was acknowledged is there, in that order: each command was sent until it was. */
function expectAcknowledged(events: Recorded[], load: Load): void {
  const commands = events.filter(({ type }) => !type.startsWith('Sla'));
  const recorded = Map.groupBy(commands, ({ stream }) => stream);
  const told = ({ type, data }: Recorded) => [type, data.subject ?? data.text].filter(Boolean).join(' ');
  expect(Object.fromEntries([...recorded].map(([id, history]) => [id, history.map(told)]))).toEqual(
    Object.fromEntries(load.acknowledged),
  );
}

const versionsOf = (events: { stream: string; version: number }[]) =>
  Object.fromEntries(
    [...Map.groupBy(events, ({ stream }) => stream)].map(([id, history]) => [
      id,
      history.map(({ version }) => version),
    ]),
  );

function expectDense(events: Recorded[]): void {
  for (const versions of Object.values(versionsOf(events)))
    expect(versions).toEqual(versions.map((_, index) => index + 1));
}

/** Every consumer has everything; the one that tolerates nothing has each event once, each ticket's in order. */
async function expectSeen({ pool, witness }: Constellation, events: Recorded[]): Promise<void> {
  await eventually(
    async () => expect(versionsOf(await witness.seen())).toEqual(versionsOf(events)),
    settleWithin,
  );
  const last = new Map(events.map(({ stream, version }) => [stream, version]));
  await eventually(async () => {
    const { rows } = await pool.query<{ id: string; version: number }>(
      'select ticket_id as id, version from query.tickets',
    );
    expect(Object.fromEntries(rows.map(({ id, version }) => [id, version]))).toEqual(
      Object.fromEntries(last),
    );
  }, settleWithin);
  const { rows: breaches } = await pool.query<{ position: number }>(
    'select position::float8 as position from query.breaches order by position',
  );
  const misses = events.filter(({ type }) => type.startsWith('Sla'));
  expect(breaches.map(({ position }) => position)).toEqual(misses.map(({ position }) => position));
  // Every deadline has passed, so none is left of which the timer might still think.
  await eventually(async () => expect(await count(pool, 'sla_timer.deadlines')).toBe(0), settleWithin);
  for (const schema of ['intake', 'sla_timer', 'notification', 'query', 'witness']) {
    expect(await count(pool, `${schema}.parked_events`), `parked in ${schema}`).toBe(0);
    expect(await count(pool, `${schema}.foreign_messages`), `foreign to ${schema}`).toBe(0);
  }
}

async function count(pool: Constellation['pool'], table: string): Promise<number> {
  const { rows } = await pool.query<{ rows: number }>(`select count(*)::int as rows from ${table}`);
  return rows[0]?.rows ?? 0;
}

/** Kafka alone has every version of every ticket, in order. */
async function expectPublished({ brokers, topicPrefix }: Constellation, events: Recorded[]): Promise<void> {
  await eventually(async () => {
    const published: { stream: string; version: number }[] = [];
    const pages = readTopic({ brokers: brokers.split(','), topicPrefix, category: 'ticket' });
    for await (const page of pages)
      for (const { streamId, version } of page) published.push({ stream: streamId, version });
    expect(versionsOf(published)).toEqual(versionsOf(events));
  }, settleWithin);
}

/** Each breach is in the outbox once, and was delivered: however often, under one id. */
async function expectTold({ pool, receiver }: Constellation, events: Recorded[]): Promise<void> {
  const breaches = events.filter(({ type }) => type === 'SlaBreached').map(({ id }) => id);
  const outbox = async () => {
    const { rows } = await pool.query<{ id: string; event: string; state: string }>(
      'select id, event_id as event, state from notification.notifications order by position',
    );
    return rows;
  };
  const delivered = await eventually(async () => {
    const rows = await outbox();
    expect(rows.map(({ event }) => event)).toEqual(breaches);
    expect(rows.filter(({ state }) => state !== 'delivered')).toEqual([]);
    return rows;
  }, settleWithin);
  expect(Object.fromEntries([...receiver.delivered].map(([event, ids]) => [event, [...ids]]))).toEqual(
    Object.fromEntries(delivered.map(({ id, event }) => [event, [id]])),
  );
}
