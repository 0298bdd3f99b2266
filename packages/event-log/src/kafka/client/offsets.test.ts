import { expect, it } from 'vitest';
import { createOffsets, type Done } from './offsets.ts';

function record() {
  const commits: Done[][] = [];
  return { commits, commit: async (done: Done[]) => void commits.push(done) };
}

it('tells the next offset of each partition once, together', async () => {
  const { commits, commit } = record();
  const offsets = createOffsets(commit);
  offsets.done('topic', 0, '4');
  offsets.done('topic', 1, '9');
  offsets.done('topic', 0, '9007199254740993');
  await offsets.commit();
  await offsets.commit();
  expect(commits).toEqual([
    [
      { topic: 'topic', partition: 0, offset: '9007199254740994' },
      { topic: 'topic', partition: 1, offset: '10' },
    ],
  ]);
});

it('tells nothing of partitions that may be another’s by now', async () => {
  const { commits, commit } = record();
  const offsets = createOffsets(commit);
  offsets.done('topic', 0, '4');
  offsets.forget();
  await offsets.commit();
  expect(commits).toEqual([]);
});

it('goes on after a commit that fails', async () => {
  const told: Done[][] = [];
  const offsets = createOffsets(async (done) => {
    told.push(done);
    if (told.length === 1) throw new Error('the group is rebalanced');
  });
  offsets.done('topic', 0, '4');
  await offsets.commit();
  offsets.done('topic', 0, '5');
  await offsets.commit();
  expect(told.map(([first]) => first?.offset)).toEqual(['5', '6']);
});
