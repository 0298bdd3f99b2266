import { setTimeout as pause } from 'node:timers/promises';
import { notification } from '@ringback/notification';
import { query } from '@ringback/query';
import { type Running, runServices } from '@ringback/service-kit';
import { createTestDatabase, describeWithKafka, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ServiceProcess } from '../testing/service-processes.ts';
import { type Constellation, startConstellation } from './testing/constellation.ts';
import { startLoad } from './testing/load.ts';
import { verify } from './testing/verify.ts';

const rounds = 12;
const everyMilliseconds = 2_000;

describeWithKafka('under load', (brokers) => {
  let database: TestDatabase;
  let constellation: Constellation;

  beforeAll(async () => {
    database = await createTestDatabase();
    constellation = await startConstellation(database.url, brokers);
  }, 240_000);
  afterAll(async () => {
    await constellation?.destroy();
    await database?.drop();
  }, 60_000);

  it('groups that are shared out every two seconds apply each event once, in order', {
    timeout: 420_000,
  }, async () => {
    const { of, environment, witness } = constellation;
    const stays = (['query', 'notification'] as const).map((name) => of(name)[0] as ServiceProcess);
    const sharedOut = () =>
      stays.map(({ output }) => output().split('a consumer group was shared out').length - 1);
    const before = sharedOut();
    const load = startLoad(() => of('intake'));
    let guests: Running[] = [];
    try {
      for (let round = 0; round < rounds; round += 1) {
        // In this process, where an instance starts within the two seconds; those that stay have processes of their own.
        const leave = Promise.all(guests.map((guest) => guest.stop()));
        const join = [query, notification].map((definition) =>
          runServices([definition], { name: `guest ${definition.name}`, environment }),
        );
        [guests] = await Promise.all([Promise.all(join), leave, witness.rejoin(), pause(everyMilliseconds)]);
      }
    } finally {
      await Promise.all(guests.map((guest) => guest.stop()));
    }
    await load.stop();
    for (const [index, times] of sharedOut().entries())
      expect(times - (before[index] ?? 0)).toBeGreaterThanOrEqual(rounds);
    await verify(constellation, load);
  });
});
