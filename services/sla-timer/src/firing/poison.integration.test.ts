import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@ringback/test-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { listReplans } from '../replanning/replan-progress.ts';
import { createTimerDatabase, type TimerDatabase } from '../testing/timer-database.ts';
import { minute, watchCatalog } from '../testing/watch-catalog.ts';

let database: TimerDatabase;
const children: ChildProcess[] = [];

beforeEach(async () => {
  database = await createTimerDatabase();
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await database.drop();
});

const main = fileURLToPath(new URL('../testing/poisoned-process.ts', import.meta.url));

/** Starts the timer again each time it has ended, until `lives` holds. Resolves with how often it has ended. */
async function supervise(poison: string, lives: () => Promise<void>): Promise<number> {
  for (let deaths = 0; ; deaths += 1) {
    expect(deaths).toBeLessThan(10);
    const child = spawn(process.execPath, [main], {
      env: { PATH: process.env.PATH, DATABASE_URL: database.url, POISON: poison },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.push(child);
    const living = eventually(lives, { timeout: 100_000 }).then(() => 'lives' as const);
    living.catch(() => {});
    const outcome = await Promise.race([once(child, 'exit').then(([code]) => code as number), living]);
    if (outcome === 'lives') return deaths;
    expect(outcome).toBe(7);
  }
}

const setAside = async () => {
  const { rows } = await database.pool.query<{ key: string }>(
    'select key from sla_timer.firing_attempts where set_aside_at is not null',
  );
  return rows.map(({ key }) => key);
};

it('sets a ticket aside whose breach ends the process each time, and records every other breach once', async () => {
  // The catalog's own re-planning has nothing to do, and is done with.
  const first = await database.start();
  await eventually(async () =>
    expect(await listReplans(database.pool, 1)).toMatchObject([{ finishedAt: expect.any(String) }]),
  );
  await first.stop();
  const dueAt = (await database.now()) + 1_000;
  const ids = await database.open(
    ...Array.from({ length: 60 }, (_, index) => ({ dueAt: dueAt + index * 20 })),
  );
  const [poison = ''] = ids.splice(30, 1);
  const deaths = await supervise(poison, async () => expect(await setAside()).toEqual([poison]));
  // The first is not counted: in normal operation nothing is.
  expect(deaths).toBe(4);
  await eventually(async () => {
    for (const id of ids) expect(await database.said(id)).toEqual(['SlaBreached']);
  });
  const [later = ''] = await database.open({ dueAt: (await database.now()) + 300 });
  await eventually(async () => expect(await database.said(later)).toEqual(['SlaBreached']));
  expect(await database.said(poison)).toEqual([]);
}, 180_000);

it('sets a ticket aside whose re-planning ends the process each time, and finishes the re-planning', async () => {
  const dueAt = (await database.now()) + 30 * minute;
  const ids = await database.open(...Array.from({ length: 150 }, () => ({ dueAt })));
  const [poison = ''] = ids.splice(70, 1);
  const catalog = watchCatalog();
  const [objective] = catalog.plans.full?.objectives?.normal ?? [];
  if (objective !== undefined) objective.max = 'PT2H';
  const { position } = await database.publish(catalog, 2);
  const deaths = await supervise(poison, async () => expect(await setAside()).toEqual([poison]));
  expect(deaths).toBe(3);
  await eventually(async () => {
    const [replan] = await listReplans(database.pool, 1);
    expect(replan).toMatchObject({ position, finishedAt: expect.any(String) });
  });
  await eventually(async () => expect(await database.count('DeadlineReplanned')).toBe(ids.length));
  expect(await database.said(poison)).toEqual([]);
}, 180_000);
