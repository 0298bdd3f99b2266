import { randomUUID } from 'node:crypto';
import { type Cluster, startCluster } from '@ringback/test-kit';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEventLog } from '../event-log.ts';
import { migrate } from '../migrate/migrate.ts';
import { logMigrations } from '../migrate/migrations.ts';
import type { EventLog, RecordedEvent } from '../port.ts';
import { appendTo, note } from '../testing/log-database.ts';

let cluster: Cluster;
let pool: pg.Pool;
let log: EventLog;

beforeAll(async () => {
  cluster = await startCluster({ durable: true });
  pool = new pg.Pool({ connectionString: cluster.url(), max: 8 });
  pool.on('error', () => {});
  await migrate(pool, 'log', logMigrations);
  log = createEventLog({ pool, patience: 30_000 });
});
afterAll(async () => {
  await log?.close();
  await pool?.end();
  await cluster?.destroy();
});

it('keeps every acknowledged append once when PostgreSQL is restarted under load', async () => {
  const acknowledged = new Map<string, RecordedEvent[]>();
  let running = true;
  const writers = Array.from({ length: 16 }, async () => {
    while (running) {
      const id = randomUUID();
      for (let version = 1; version <= 3 && running; version += 1) {
        const outcome = await log.append(appendTo(id, note(String(version))));
        acknowledged.set(id, [...(acknowledged.get(id) ?? []), ...outcome.events]);
      }
    }
  });
  for (let round = 0; round < 3; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    await cluster.restart();
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  running = false;
  await Promise.all(writers);
  const streams = await log.readStreams('ticket', [...acknowledged.keys()]);
  for (const [id, events] of acknowledged) {
    expect(streams.get(id)).toEqual(events);
    expect(events.map(({ data }) => data.text)).toEqual(events.map((_, index) => String(index + 1)));
  }
  const { rows } = await pool.query(
    'select count(*)::int as events, max(position)::int as last from log.events',
  );
  expect(rows[0].events).toBe(rows[0].last);
});

it('says that it is unavailable when its patience ends, and works again afterwards', async () => {
  const impatient = createEventLog({ pool, patience: 200, notifications: false });
  await cluster.stopServer();
  const refused = impatient.append(appendTo(randomUUID(), note('x')));
  await expect(refused).rejects.toMatchObject({ name: 'LogUnavailable' });
  await cluster.startServer();
  expect((await log.append(appendTo(randomUUID(), note('x')))).status).toBe('appended');
  await impatient.close();
});
