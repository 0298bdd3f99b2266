import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';

let database: TimerDatabase;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  database = await createTimerDatabase();
});
afterAll(async () => {
  for (const child of processes) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await database.drop();
});

/** The service as `pnpm service sla-timer` runs it: a process of its own. */
function startProcess(): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL('../main.ts', import.meta.url))], {
    env: { PATH: process.env.PATH, DATABASE_URL: database.url, PORT: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  processes.push(child);
  return child;
}

async function owners(): Promise<Map<string, number>> {
  const { rows } = await database.pool.query<{ owner: string; count: number }>(
    `select owner, count(*)::int as count from sla_timer.shards
     where owner is not null and expires_at > clock_timestamp() group by owner`,
  );
  return new Map(rows.map(({ owner, count }) => [owner, count]));
}

it('loses and doubles nothing when an owner freezes past its lease and thaws, and another is killed', async () => {
  const first = startProcess();
  await eventually(async () => expect([...(await owners()).values()]).toEqual([64]));
  const second = startProcess();
  await eventually(async () => expect([...(await owners()).values()]).toEqual([32, 32]));

  const count = 1_200;
  const begin = (await database.now()) + 1_000;
  const dues = Array.from({ length: count }, (_, index) => begin + index * 12);
  const ids = await database.open(...dues.map((dueAt) => ({ dueAt })));
  const fired = () => database.count('SlaBreached');

  await eventually(async () => expect(await fired()).toBeGreaterThan(count / 12));
  first.kill('SIGSTOP');
  await eventually(async () => expect([...(await owners()).values()]).toEqual([64]));
  first.kill('SIGCONT');
  await eventually(async () => expect((await owners()).size).toBe(2));
  second.kill('SIGKILL');
  await eventually(async () => expect(await fired()).toBe(count), { timeout: 40_000 });

  const { rows } = await database.pool.query<{ stream_id: string; types: string[]; early: boolean }>(
    `select stream_id, array_agg(type order by version) as types,
       bool_or(type = 'SlaBreached' and recorded_at <= occurred_at) as early
     from log.events where category = 'ticket' group by stream_id`,
  );
  expect(rows).toHaveLength(ids.length);
  for (const { types, early } of rows) {
    expect(types).toEqual(['TicketOpened', 'SlaBreached']);
    expect(early).toBe(false);
  }
}, 120_000);
