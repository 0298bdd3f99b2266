import { expect, it } from 'vitest';
import { oneAhead } from './one-ahead.ts';

/** Sources that note what they do. */
function notedSources(...contents: (number | Error)[][]) {
  const notes: string[] = [];
  const sources = contents.map(
    (items, index) =>
      async function* read(): AsyncGenerator<number> {
        notes.push(`begin ${index}`);
        try {
          for (const item of items) {
            if (item instanceof Error) throw item;
            yield item;
          }
        } finally {
          notes.push(`end ${index}`);
        }
      },
  );
  return { notes, sources };
}

it('reads one source after the other and begins each while the one before is read', async () => {
  const { notes, sources } = notedSources([1, 2], [], [3]);
  const read: number[] = [];
  for await (const item of oneAhead(sources)) {
    read.push(item);
    notes.push(`read ${item}`);
  }
  expect(read).toEqual([1, 2, 3]);
  const expected = ['begin 0', 'begin 1', 'end 1', 'read 1', 'read 2', 'end 0', 'begin 2', 'read 3', 'end 2'];
  expect(notes).toEqual(expected);
});

it('fails where a source does, in its turn, and ends the others', async () => {
  const { notes, sources } = notedSources([1], [new Error('torn')], [3]);
  const read: number[] = [];
  const reading = async () => {
    for await (const item of oneAhead(sources)) read.push(item);
  };
  await expect(reading()).rejects.toThrow('torn');
  expect(read).toEqual([1]);
  expect(notes).toContain('end 2');
});

it('ends what has begun when no one reads on', async () => {
  const { notes, sources } = notedSources([1, 2], [3], [4]);
  for await (const _ of oneAhead(sources)) break;
  expect(notes).toEqual(['begin 0', 'begin 1', 'end 0', 'end 1']);
});

it('reads nothing of no source', async () => {
  for await (const _ of oneAhead([])) throw new Error('something');
});
