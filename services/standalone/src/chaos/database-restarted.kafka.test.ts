import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, describeWithKafka, eventually, startCluster } from '@ringback/test-kit';
import { afterAll, beforeAll, it } from 'vitest';
import { type Constellation, startConstellation } from './testing/constellation.ts';
import { startLoad } from './testing/load.ts';
import { verify } from './testing/verify.ts';

const restarts = 4;

describeWithKafka('under load', (brokers) => {
  let cluster: Cluster;
  let constellation: Constellation;

  beforeAll(async () => {
    cluster = await startCluster({ durable: true });
    constellation = await startConstellation(cluster.url(), brokers);
  }, 240_000);
  afterAll(async () => {
    await constellation?.destroy();
    await cluster?.destroy();
  }, 60_000);

  it('a database that is restarted several times loses and doubles nothing', {
    timeout: 420_000,
  }, async () => {
    const load = startLoad(() => constellation.of('intake'));
    for (let restart = 0; restart < restarts; restart += 1) {
      const before = load.count();
      await pause(2_000);
      // Each restart meets work: it has gone on since the last one.
      await eventually(() => load.count() > before, { timeout: 60_000 });
      await cluster.restart();
    }
    await load.stop();
    await verify(constellation, load);
  });
});
