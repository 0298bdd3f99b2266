import { adapterNames } from '@ringback/adapters';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { afterAll, expect, it } from 'vitest';
import { play } from './webhooks/play.ts';
import { startServer } from './webhooks/start-server.ts';

const databases: TestDatabase[] = [];
afterAll(() => Promise.all(databases.map((database) => database.drop())));

it('5,000 hostile deliveries end no process, make no fault, and cost no honest call its ticket', {
  timeout: 300_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const played = await play({
    cases: 5_000,
    seed,
    adapters: adapterNames,
    start: async () => {
      const database = await createTestDatabase();
      databases.push(database);
      return await startServer(database.url);
    },
    write: () => {},
  });
  expect(played.fault, `with seed ${seed}`).toBe(null);
  expect(played.cases).toBe(5_000);
  expect(played.honestCalls).toBe(100);
  // Both kinds are met: those that can be understood after all, and those that cannot.
  expect(played.states.get('done')).toBeGreaterThan(500);
  expect(played.states.get('failed')).toBeGreaterThan(500);
});
