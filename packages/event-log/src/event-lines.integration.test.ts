import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readChangedStreams } from './changed-streams.ts';
import { exportEventLines, readEventLines, type StoredEvent, writeEventLine } from './event-lines.ts';
import type { EventLog, RecordedEvent } from './port.ts';
import { appendTo, createLogDatabase, type LogDatabase, note } from './testing/log-database.ts';

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

async function exported(options: { until: number; streams?: string[] }): Promise<StoredEvent[]> {
  const chunks: Buffer[] = [];
  for await (const chunk of exportEventLines(database.pool, { category: 'ticket', ...options }))
    chunks.push(chunk);
  const events = readEventLines(Buffer.concat(chunks).toString());
  return events.toSorted((one, other) => one.position - other.position);
}

const stored = ({ category: _, metadata: __, ...event }: RecordedEvent): StoredEvent => event;

describe('the log as lines', () => {
  it('is what is read of it as rows, whatever the texts hold', async () => {
    const events = await log.readAll({ after: 0, limit: 1_000, category: 'ticket' });
    expect(events).toHaveLength(30);
    expect(await exported({ until: 1_000 })).toEqual(events.map(stored));
  });

  it('ends at a position, and can be narrowed to streams', async () => {
    const events = await log.readAll({ after: 0, limit: 17, category: 'ticket' });
    expect(await exported({ until: 17 })).toEqual(events.map(stored));
    const [{ streamId } = { streamId: '' }] = events;
    const own = await log.readStream({ category: 'ticket', id: streamId });
    expect(await exported({ until: 1_000, streams: [streamId] })).toEqual(own.map(stored));
    expect(await exported({ until: 1_000, streams: [] })).toEqual([]);
  });

  it('can be written by who has the events', async () => {
    const events = (await log.readAll({ after: 0, limit: 1_000 })).map(stored);
    expect(readEventLines(events.map(writeEventLine).join(''))).toEqual(events);
  });

  it('lets go of the connection when its reader gives up', async () => {
    for (let round = 0; round < 20; round += 1) {
      for await (const _ of exportEventLines(database.pool, { category: 'ticket', until: 1_000 })) break;
    }
    expect(await exported({ until: 1_000 })).toHaveLength(30);
  });

  it('names the streams that changed between two positions', async () => {
    const events = await log.readAll({ after: 3, limit: 2 });
    const changed = await readChangedStreams(database.pool, { category: 'ticket', after: 3, until: 5 });
    expect(changed).toEqual([...new Set(events.map(({ streamId }) => streamId))].sort());
  });
});
