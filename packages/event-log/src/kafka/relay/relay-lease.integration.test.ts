import { eventually } from '@ringback/test-kit';
import type { Pool } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createFreezable } from '../../testing/freezable.ts';
import { createLogDatabase, type LogDatabase } from '../../testing/log-database.ts';
import { createRelayLease, type Leadership } from './relay-lease.ts';

let database: LogDatabase;
beforeAll(async () => {
  database = await createLogDatabase();
});
afterAll(() => database?.drop());

const leaseOf = (name: string, duration = 60_000, pool: Pool = database.pool) =>
  createRelayLease({ pool, name, duration });

async function lead(lease: ReturnType<typeof createRelayLease>): Promise<Leadership> {
  return await eventually(async () => {
    const { leadership } = await lease.acquire();
    if (leadership === null) throw new Error('another leads');
    return leadership;
  });
}

const positionOf = async (name: string) =>
  Number(
    (await database.pool.query('select position from log.relays where name = $1', [name])).rows[0].position,
  );

it('has one leader, and a later one goes on where the earlier came to', async () => {
  const [one, other] = [leaseOf('a'), leaseOf('a')];
  const first = await lead(one);
  expect(await other.acquire()).toEqual({ leadership: null, retryAfter: expect.any(Number) });
  expect(await first.advance(7)).toBe(true);
  await first.release();
  expect(first.lost.aborted).toBe(true);
  const second = await lead(other);
  expect(second).toMatchObject({ epoch: first.epoch + 1, position: 7 });
  await second.release();
});

it('is kept by a leader that lives, longer than it lasts', async () => {
  const leader = await lead(leaseOf('b', 500));
  const other = leaseOf('b', 500);
  for (let round = 0; round < 60; round += 1) {
    expect((await other.acquire()).leadership).toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(leader.lost.aborted).toBe(false);
  await leader.release();
});

it('goes to another when its leader is frozen, who then moves nothing any more', async () => {
  const { pool, freeze, thaw } = createFreezable(database.pool);
  const frozen = await lead(leaseOf('c', 200, pool));
  freeze();
  const next = await lead(leaseOf('c'));
  expect(await next.advance(5)).toBe(true);
  await eventually(() => frozen.lost.aborted);
  thaw();
  expect(await frozen.advance(3)).toBe(false);
  expect(await positionOf('c')).toBe(5);
  await next.release();
});

it('moves nothing by an owner whose epoch has passed, whatever its own clock says', async () => {
  const first = await lead(leaseOf('d'));
  await leaseOf('d').restart();
  expect(first.lost.aborted).toBe(false);
  expect(await first.advance(9)).toBe(false);
  expect(first.lost.aborted).toBe(true);
  expect(await positionOf('d')).toBe(0);
});
