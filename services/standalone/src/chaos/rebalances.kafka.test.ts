import { setTimeout as pause } from 'node:timers/promises';
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
    const { of, start, end, witness } = constellation;
    const stays = (['query', 'notification'] as const).map((name) => of(name)[0] as ServiceProcess);
    const sharedOut = () =>
      stays.map(({ output }) => output().split('a consumer group was shared out').length - 1);
    const before = sharedOut();
    const load = startLoad(() => of('intake'));
    for (let round = 0; round < rounds; round += 1) {
      const name = round % 2 === 0 ? 'query' : 'notification';
      // The second one goes as a new one comes: the group is shared out for each.
      const [, goes] = of(name) as [ServiceProcess, ServiceProcess];
      await Promise.all([
        pause(everyMilliseconds),
        start(name),
        end(goes, round % 4 < 2 ? 'SIGTERM' : 'SIGKILL'),
        witness.rejoin(),
      ]);
    }
    await load.stop();
    for (const [index, times] of sharedOut().entries())
      expect(times - (before[index] ?? 0)).toBeGreaterThanOrEqual(rounds / 2);
    await verify(constellation, load);
  });
});
