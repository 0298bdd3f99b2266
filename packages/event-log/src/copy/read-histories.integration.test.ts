import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EventLog, RecordedEvent } from '../port.ts';
import { readChangedStreams } from '../read/changed-streams.ts';
import { appendTo, createLogDatabase, type LogDatabase, note } from '../testing/log-database.ts';
import { type HistoryOptions, readHistories } from './read-histories.ts';
import type { StoredEvent } from './stored-events.ts';

let database: LogDatabase;
let log: EventLog;
const texts = ['plain', 'a\tb\nc\r"quoted" \\n \\\\ back\\slash', '„ümläut“ 😀', '\\N', ''];

beforeAll(async () => {
  database = await createLogDatabase();
  log = database.openLog();
  const streams = [randomUUID(), randomUUID(), randomUUID()];
  for (const [index, text] of texts.entries()) {
    for (const id of streams) {
      const occurredAt = `2026-03-0${index + 1}T09:00:0${index}.${index}${index}0Z`;
      await log.append(appendTo(id, { ...note(text), occurredAt }, note(text)));
    }
  }
  await log.append({
    appends: [
      { stream: { category: 'administration', id: 'customer:x' }, expected: 'any', events: [note('x')] },
    ],
    metadata: { actor: 'service:test' },
  });
});
afterAll(() => database.drop());

async function histories(options: Partial<HistoryOptions> = {}): Promise<StoredEvent[][]> {
  const read: StoredEvent[][] = [];
  for await (const some of readHistories(database.pool, { category: 'ticket', until: 1_000, ...options }))
    read.push(...some);
  return inOrder(read);
}

const inOrder = (read: StoredEvent[][]) =>
  read.sort(([one], [other]) => ((one?.streamId ?? '') < (other?.streamId ?? '') ? -1 : 1));

const stored = ({ category: _, metadata: __, ...event }: RecordedEvent): StoredEvent => event;

const byStream = async (until: number): Promise<StoredEvent[][]> => {
  const events = await log.readAll({ after: 0, limit: until, category: 'ticket' });
  const streams = Map.groupBy(events.map(stored), ({ streamId }) => streamId);
  return inOrder([...streams.values()]);
};

describe('the log stream by stream', () => {
  it('is what is read of it as rows, whatever the texts hold', async () => {
    const read = await histories();
    expect(read.map(({ length }) => length)).toEqual([10, 10, 10]);
    expect(read).toEqual(await byStream(1_000));
  });

  it('ends at a position, and can be narrowed to streams', async () => {
    expect(await histories({ until: 17 })).toEqual(await byStream(17));
    const all = await byStream(1_000);
    const id = all[1]?.[0]?.streamId ?? '';
    expect(await histories({ streams: [id] })).toEqual([all[1]]);
    expect(await histories({ streams: [] })).toEqual([]);
  });

  it('leaves out the data that no one asks for, but of no older version, which is still to be lifted', async () => {
    const { type } = note('');
    const [all = []] = await histories();
    await database.pool.query('update log.events set v = 0 where stream_id = $1 and version = 2', [
      all[0]?.streamId,
    ]);
    const [read = []] = await histories({ withoutData: ['TicketOpened', type] });
    await database.pool.query('update log.events set v = 1 where v = 0');
    expect(read).toEqual(
      all.map((event, index) => (index === 1 ? { ...event, v: 0 } : { ...event, data: {} })),
    );
  });

  it('comes in parts that together are all of it', async () => {
    const parts = await Promise.all([0, 1, 2].map((index) => histories({ part: { index, of: 3 } })));
    const ids = parts.flat().map(([first]) => first?.streamId ?? '');
    expect(ids.toSorted()).toEqual((await byStream(1_000)).map(([first]) => first?.streamId));
  });

  it('keeps streams apart that share a hash', async () => {
    const { rows } = await database.pool.query<{ ids: string[] }>(
      `select array_agg(id) as ids from (select md5(i::text)::uuid::text as id from generate_series(1, 300000) i) s
       group by hashtext(id) having count(*) > 1 limit 1`,
    );
    const streams = rows[0]?.ids ?? [];
    for (const text of texts)
      for (const id of streams) await log.append(appendTo(id, note(text), note(text)));
    const read = await histories({ streams });
    expect(read.map(({ length }) => length)).toEqual([10, 10]);
    const own = await Promise.all(streams.map((id) => log.readStream({ category: 'ticket', id })));
    expect(read).toEqual(inOrder(own.map((history) => history.map(stored))));
  });

  it('lets go of the connection when its reader gives up', async () => {
    for (let round = 0; round < 20; round += 1) {
      for await (const _ of readHistories(database.pool, { category: 'ticket', until: 1_000 })) break;
    }
    expect(await histories()).toHaveLength(5);
  });
});

it('names the streams that changed between two positions', async () => {
  const events = await log.readAll({ after: 3, limit: 2 });
  const changed = await readChangedStreams(database.pool, { category: 'ticket', after: 3, until: 5 });
  expect(changed).toEqual([...new Set(events.map(({ streamId }) => streamId))].sort());
});
