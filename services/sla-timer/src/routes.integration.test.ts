import { hashSecret } from '@ringback/administration';
import type { Scope } from '@ringback/domain/administration';
import { type Running, runServices } from '@ringback/service-kit';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { slaTimer } from './index.ts';
import { createTimerDatabase, type TimerDatabase } from './testing/timer-database.ts';
import { hour, watchCatalog } from './testing/watch-catalog.ts';

let database: TimerDatabase;
let running: Running;

beforeAll(async () => {
  database = await createTimerDatabase();
  running = await runServices([slaTimer], {
    name: 'sla-timer',
    environment: { DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'silent' },
  });
});
afterAll(async () => {
  await running.stop();
  await database.drop();
});

async function keyWith(...scopes: Scope[]): Promise<string> {
  const key = `key-of-the-tests-${scopes.join('-')}`;
  await database.amend('api-key', key, 'ApiKeyCreated', {
    name: key,
    hash: hashSecret(key),
    scopes,
    customerId: null,
    expiresAt: null,
  });
  return key;
}

const get = (path: string, key: string) =>
  fetch(`${running.url}${path}`, { headers: { authorization: `Bearer ${key}` } });

it('tells operations how far each replan is, and nobody else', async () => {
  const [id = ''] = await database.open({ dueAt: (await database.now()) + hour });
  const { position } = await database.publish(watchCatalog(), 2);
  const key = await keyWith('operations');
  await eventually(async () => {
    const answer = await get('/v1/replans', key);
    expect(answer.status).toBe(200);
    const { items } = (await answer.json()) as { items: object[] };
    expect(items[0]).toEqual({
      position,
      cause: 'CatalogPublished',
      catalog: 'watch',
      contractId: null,
      recordedAt: expect.any(String),
      done: 1,
      total: 1,
      finishedAt: expect.any(String),
    });
  });
  expect(await database.said(id)).toEqual([]);
  expect((await get('/v1/replans', await keyWith('tickets:read'))).status).toBe(403);
});

it('is ready while its projections and its timer are well, and exports its metrics', async () => {
  const ready = (await (await fetch(`${running.url}/health/ready`)).json()) as object;
  expect(JSON.stringify(ready)).toContain('sla_timer.timer');
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  for (const name of [
    'lateness_seconds',
    'waiting',
    'pending',
    'shards',
    'lag_seconds',
    'unattended_tickets',
  ]) {
    expect(metrics).toContain(`ringback_sla_timer_${name}`);
  }
});
