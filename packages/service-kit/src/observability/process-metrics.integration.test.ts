import { createEventLog, logMigrations, migrate } from '@ringback/event-log';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { observeBuild, observeLogSize, observePools } from './process-metrics.ts';

let database: TestDatabase;
const registry = new Registry();
beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.pool, 'log', logMigrations);
  observeBuild(registry, '1.2.3');
  observePools(registry, { requests: database.pool });
  observeLogSize(registry, database.pool);
});
afterAll(() => database.drop());

const valueIn = (text: string, metric: string) =>
  new RegExp(`^${metric.replaceAll(/[{}"]/g, '\\$&')} (\\S+)$`, 'm').exec(text)?.[1];
const read = async (metric: string) => valueIn(await registry.metrics(), metric);

it('The metrics name the release and the Node that it runs on.', async () => {
  expect(await read(`ringback_build_info{version="1.2.3",node="${process.versions.node}"}`)).toBe('1');
});

it('The metrics show the connections of a pool, and who waits for one.', async () => {
  const client = await database.pool.connect();
  const text = await registry.metrics();
  client.release();
  const [connections, idle, waiting] = ['connections', 'idle_connections', 'waiting_requests'].map((name) =>
    Number(valueIn(text, `ringback_database_pool_${name}{pool="requests"}`)),
  ) as [number, number, number];
  expect(connections - idle).toBeGreaterThanOrEqual(1);
  expect(waiting).toBe(0);
});

it('The metrics show how many events the log has, and the space that it takes.', async () => {
  const before = Number(await read('ringback_log_events'));
  const log = createEventLog({ pool: database.pool });
  const events = [1, 2, 3].map((n) => ({ type: 'NoteAdded', v: 1, data: { text: `${n}` } }));
  const stream = { category: 'ticket' as const, id: 'x' };
  await log.append({ appends: [{ stream, expected: 'any', events }], metadata: { actor: 'service:test' } });
  await log.close();
  expect(Number(await read('ringback_log_events'))).toBe(before + 3);
  expect(Number(await read('ringback_log_size_bytes'))).toBeGreaterThan(8_000);
});
