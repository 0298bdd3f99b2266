import { type Cluster, eventually, startCluster } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';

let cluster: Cluster;
let database: TimerDatabase;

beforeAll(async () => {
  cluster = await startCluster({ durable: true });
  database = await createTimerDatabase({ url: cluster.url() });
});
afterAll(async () => {
  await database.drop();
  await cluster.destroy();
});

it('fires everything, once, though PostgreSQL restarts while deadlines are pending', async () => {
  await database.start();
  const now = await database.now();
  const count = 400;
  const ids = await database.open(
    ...Array.from({ length: count }, (_, index) => ({ dueAt: now + 1_500 + index * 10 })),
  );
  for (let restart = 0; restart < 3; restart += 1) {
    await eventually(async () =>
      expect(await database.count('SlaBreached')).toBeGreaterThanOrEqual(restart * 60 + 1),
    );
    await cluster.restart();
  }
  await eventually(async () => expect(await database.count('SlaBreached')).toBe(count), { timeout: 45_000 });
  for (const id of ids) expect(await database.said(id)).toEqual(['SlaBreached']);
});
