import { expect, it } from 'vitest';
import { createProgress } from './progress.ts';
import type { Leadership } from './relay-lease.ts';

/** A leadership whose writes end when they are told to. */
function createLeadership() {
  const writes: { to: number; end(isLeader: boolean): void; fail(): void }[] = [];
  const leadership: Leadership = {
    ...{ epoch: 1, position: 10, lost: new AbortController().signal, release: async () => {} },
    advance: (to) =>
      new Promise((resolve, reject) => {
        writes.push({ to, end: resolve, fail: () => reject(new Error('the database is away')) });
      }),
  };
  return { leadership, writes, positions: () => writes.map(({ to }) => to) };
}

const soon = () => new Promise((resolve) => setImmediate(resolve));

it('writes one position at a time, the latest, and nothing that is recorded', async () => {
  const { leadership, writes, positions } = createLeadership();
  const progress = createProgress(leadership);
  progress.acknowledged(10);
  expect(positions()).toEqual([]);
  for (const position of [11, 12, 13]) progress.acknowledged(position);
  expect(positions()).toEqual([11]);
  writes[0]?.end(true);
  await soon();
  expect(positions()).toEqual([11, 13]);
  writes[1]?.end(true);
  await soon();
  progress.acknowledged(13);
  progress.acknowledged(14);
  expect(positions()).toEqual([11, 13, 14]);
});

it('tries again what could not be recorded, at the next word or at the end', async () => {
  const { leadership, writes, positions } = createLeadership();
  const progress = createProgress(leadership);
  progress.acknowledged(11);
  writes[0]?.fail();
  await soon();
  progress.acknowledged(11);
  writes[1]?.fail();
  const settled = progress.settle();
  await soon();
  expect(positions()).toEqual([11, 11, 11]);
  writes[2]?.end(true);
  await settled;
});

it('writes no more once another leads', async () => {
  const { leadership, writes, positions } = createLeadership();
  const progress = createProgress(leadership);
  progress.acknowledged(11);
  progress.acknowledged(12);
  writes[0]?.end(false);
  await soon();
  expect(positions()).toEqual([11]);
});
