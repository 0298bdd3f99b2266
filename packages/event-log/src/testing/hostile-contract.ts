import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { eventually } from '@ringback/test-kit';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EventLog } from '../port.ts';
import { endedProcess } from '../subscribe/in-hand.ts';
import { createParking } from '../subscribe/parking.ts';
import { appendTo, type LogDatabase, note } from './log-database.ts';

const main = fileURLToPath(new URL('./hostile-process.ts', import.meta.url));

/** What a subscription does about an event that ends its process. `environment`: where the process subscribes. */
export function describeHostileEvents(
  create: () => Promise<LogDatabase>,
  environment: (database: LogDatabase) => Record<string, string>,
): void {
  const children: ChildProcess[] = [];
  let database: LogDatabase;
  let log: EventLog;
  beforeAll(async () => {
    database = await create();
    log = database.openLog();
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => database?.drop());

  function start(): { child: ChildProcess; processed: Promise<boolean>; ended: Promise<void> } {
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, DATABASE_URL: database.url, ...environment(database) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const ended = once(child, 'exit').then(() => {});
    const processed = Promise.race([once(child.stdout, 'data').then(() => true), ended.then(() => false)]);
    return { child, processed, ended };
  }

  const versionsOf = async (id: string) => {
    const { rows } = await database.pool.query(
      'select version from consumer.seen where stream_id = $1 order by nth',
      [id],
    );
    return rows.map(({ version }) => version);
  };
  const left = async () => {
    const { rows } = await database.pool.query(
      `select (select count(*)::int from consumer.batches_in_hand) as batches,
         (select count(*)::int from consumer.suspect_events) as suspects`,
    );
    return rows[0];
  };

  it('An event that ends the process three times parks its stream, and all others go on', {
    timeout: 180_000,
  }, async () => {
    const [sick, healthy] = [randomUUID(), randomUUID()];
    const others = Array.from({ length: 20 }, () => randomUUID());
    for (const id of others) await log.append(appendTo(id, note('before')));
    await log.append(appendTo(sick, note('fine')));
    await log.append(appendTo(sick, note('poison')));
    await log.append(appendTo(sick, note('after')));
    for (const id of [...others, healthy]) await log.append(appendTo(id, note('fine')));

    let starts = 1;
    for (let last = start(); !(await last.processed); last = start()) {
      starts += 1;
      expect(starts).toBeLessThan(10);
    }
    // Once in a batch, twice alone; the next start parks it.
    expect(starts).toBe(4);
    expect(await versionsOf(sick)).toEqual([1]);
    expect(await versionsOf(healthy)).toEqual([1]);
    for (const id of others) expect(await versionsOf(id)).toEqual([1, 2]);
    expect(await createParking(database.pool, 'consumer', 'consumer.test').list()).toMatchObject([
      { streamId: sick, events: 2, error: endedProcess },
    ]);
    expect(await left()).toMatchObject({ batches: 0 });

    await log.append(appendTo(healthy, note('next')));
    await eventually(async () => expect(await versionsOf(healthy)).toEqual([1, 2]));
  });

  it('A process that is ended from outside leaves no stream parked', { timeout: 180_000 }, async () => {
    const ids: string[] = Array.from({ length: 300 }, () => randomUUID());
    await Promise.all(ids.map((id) => log.append(appendTo(id, note('a'), note('b')))));
    for (let round = 0; round < 5; round += 1) {
      const { child, processed, ended } = start();
      await eventually(async () => {
        const { rows } = await database.pool.query('select from consumer.batches_in_hand');
        return rows.length > 0 || child.exitCode !== null || (await Promise.race([processed, false]));
      });
      child.kill('SIGKILL');
      await ended;
    }
    expect(await start().processed).toBe(true);
    for (const id of ids) expect(await versionsOf(id)).toEqual([1, 2]);
    const parked = await createParking(database.pool, 'consumer', 'consumer.test').list();
    expect(parked.filter(({ streamId }) => ids.includes(streamId))).toEqual([]);
  });

  it('An orderly end leaves nothing in hand', async () => {
    const { child, processed, ended } = start();
    await processed;
    child.kill('SIGTERM');
    await ended;
    expect(await left()).toMatchObject({ batches: 0 });
  });
}
