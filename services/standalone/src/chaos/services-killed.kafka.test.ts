import { setTimeout as pause } from 'node:timers/promises';
import { createTestDatabase, describeWithKafka, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, it } from 'vitest';
import { type Constellation, serviceNames, startConstellation } from './testing/constellation.ts';
import { startLoad } from './testing/load.ts';
import { verify } from './testing/verify.ts';

const rounds = 3;

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

  it('services whose processes are killed in a loop lose and double nothing', {
    timeout: 420_000,
  }, async () => {
    const { of, launch, end, ready } = constellation;
    const load = startLoad(() => of('intake'));
    for (let round = 0; round < rounds; round += 1) {
      for (const name of serviceNames) {
        await pause(1_000);
        // One of the two; in the last round both, so that no one is there to take over.
        const killed = of(name).slice(0, round === rounds - 1 ? 2 : 1);
        await Promise.all(killed.map((instance) => end(instance, 'SIGKILL')));
        await Promise.all(killed.map(() => launch(name)));
      }
      // The next round meets them at work, not at their start.
      await ready();
    }
    await load.stop();
    await verify(constellation, load);
  });
});
