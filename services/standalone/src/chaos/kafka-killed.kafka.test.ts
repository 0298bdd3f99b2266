import { setTimeout as pause } from 'node:timers/promises';
import {
  type Broker,
  createTestDatabase,
  describeWithBroker,
  eventually,
  type TestDatabase,
} from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Constellation, startConstellation } from './testing/constellation.ts';
import { startLoad } from './testing/load.ts';
import { readTickets } from './testing/recorded.ts';
import { verify } from './testing/verify.ts';

const kills = 3;
/** Seconds that Kafka stays away. CI takes the default; `RINGBACK_CHAOS_OUTAGE=5` is for who works on this. */
const outage = Number(process.env.RINGBACK_CHAOS_OUTAGE ?? 20);

describeWithBroker('under load', (start) => {
  let broker: Broker;
  let database: TestDatabase;
  let constellation: Constellation;

  beforeEach(async () => {
    [broker, database] = await Promise.all([start(), createTestDatabase()]);
    constellation = await startConstellation(database.url, broker.brokers);
  }, 240_000);
  afterEach(async () => {
    await constellation?.destroy();
    await Promise.all([broker?.stop(), database?.drop()]);
  }, 60_000);

  it('a broker that is killed and comes back, repeatedly, loses and doubles nothing', {
    timeout: 420_000,
  }, async () => {
    const load = startLoad(() => constellation.of('intake'));
    for (let round = 0; round < kills; round += 1) {
      await pause(3_000);
      await broker.kill();
      await broker.start();
    }
    await load.stop();
    await verify(constellation, load);
  });

  it('while Kafka is away appends and deadlines go on, and everything arrives afterwards', {
    timeout: 420_000,
  }, async () => {
    const load = startLoad(() => constellation.of('intake'));
    await eventually(() => load.count() > 20, { timeout: 60_000 });
    await broker.kill();
    const before = load.count();
    const known = (await readTickets(constellation.pool)).length;
    await pause(outage * 1_000);
    expect(load.count()).toBeGreaterThan(before);
    const during = (await readTickets(constellation.pool)).slice(known);
    expect(during.filter(({ type }) => type === 'SlaBreached').length).toBeGreaterThan(0);
    await broker.start();
    await load.stop();
    await verify(constellation, load);
  });
});
