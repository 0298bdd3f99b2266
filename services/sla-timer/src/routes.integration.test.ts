import { hashSecret } from '@ringback/directory';
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

it('tells operations how far each replan is, and no one else', async () => {
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

it('names a deadline that is set aside, and fires it when operations replays it', async () => {
  const dueAt = (await database.now()) + 2_000;
  const [id = ''] = await database.open({ dueAt });
  await database.pool.query(
    `insert into sla_timer.firing_attempts (kind, key, due_at, attempts, error, set_aside_at)
     values ('sla-deadline', $1, $2, 3, 'the process ended 3 times while it was fired', clock_timestamp())`,
    [id, new Date(dueAt)],
  );
  const key = await keyWith('operations');
  const items = async () => {
    const answer = await get('/v1/stuck-timers/sla-timer', key);
    return ((await answer.json()) as { items: object[] }).items;
  };
  const stuck = {
    kind: 'sla-deadline',
    key: id,
    dueAt: new Date(dueAt).toISOString(),
    state: 'set-aside',
    failures: 0,
    error: 'the process ended 3 times while it was fired',
    retryAt: null,
    setAsideAt: expect.any(String),
  };
  expect(await items()).toEqual([stuck]);
  const metrics = async () => await (await fetch(`${running.url}/metrics`)).text();
  expect(await metrics()).toContain('ringback_schedule_set_aside{kind="sla-deadline"} 1');
  const [other = ''] = await database.open({ dueAt: dueAt + 100 });
  await eventually(async () => expect(await database.said(other)).toEqual(['SlaBreached']));
  expect(await database.said(id)).toEqual([]);

  const replay = (name: string, as: string) =>
    fetch(`${running.url}/v1/stuck-timers/sla-timer/sla-deadline/${name}/replay`, {
      method: 'POST',
      headers: { authorization: `Bearer ${as}` },
    });
  expect((await replay(id, await keyWith('tickets:read'))).status).toBe(403);
  const unknown = await replay(other, key);
  expect([unknown.status, ((await unknown.json()) as { code: string }).code]).toEqual([404, 'not-found']);
  const answer = await replay(id, key);
  expect([answer.status, await answer.json()]).toEqual([200, stuck]);
  await eventually(async () => expect(await database.said(id)).toEqual(['SlaBreached']));
  await eventually(async () => expect(await items()).toEqual([]));
  expect(await metrics()).toContain('ringback_schedule_set_aside{kind="sla-deadline"} 0');
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
