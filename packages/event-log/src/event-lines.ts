import pg, { type Pool } from 'pg';
import { to } from 'pg-copy-streams';
import type { Category, RecordedEvent } from './port.ts';
import { currentVersions } from './upcasters.ts';

/** An event as it is stored, not lifted yet, without what no projection asks for. */
export type StoredEvent = Omit<RecordedEvent, 'category' | 'metadata'>;

export interface HistoryOptions {
  category: Category;
  /** The last position that is read. */
  until: number;
  /** Only these streams; all of the category when absent. */
  streams?: readonly string[];
  /** Types whose data nobody asks for: they come as `{}`. */
  withoutData?: readonly string[];
  /** The streams of one of several parts, which together are all of them and of about the same size. */
  part?: { index: number; of: number };
}

/** In kilobytes; what does not fit is sorted on the server's disk. */
const sortMemory = 262_144;
const lineFeed = 10;
/** Null, as `COPY` writes it. */
const absent = '\\N';
const firstFraction = 9;
const fullTime = 'HH:MM:SS.mmm'.length;
const readTimestamp: (text: string) => Date = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

/**
 * The log stream by stream: each with all of its events, in the order of their versions, some streams at a time.
 * Several times as fast as rows, in little memory for a log of any size. Positions are dense and in commit order, so
 * that a position is a snapshot: no transaction is held open for longer than the reading.
 */
export async function* readHistories(pool: Pool, options: HistoryOptions): AsyncGenerator<StoredEvent[][]> {
  if (options.streams?.length === 0) return;
  const client = await pool.connect();
  let isWhole = false;
  try {
    await client.query(`begin read only; set local timezone = 'UTC'; set local datestyle = 'ISO';
      set local work_mem = ${sortMemory}; set local max_parallel_workers_per_gather = 0; set local jit = off`);
    const chunks = client.query(to(`copy (${selectHistories(options)}) to stdout`)) as AsyncIterable<Buffer>;
    let open: StoredEvent[] = [];
    for await (const text of wholeLines(chunks)) {
      const histories: StoredEvent[][] = [];
      for (const event of readEventLines(text)) {
        if (open[0]?.streamId !== event.streamId) {
          if (open.length > 0) histories.push(open);
          open = [];
        }
        open.push(event);
      }
      if (histories.length > 0) yield histories;
    }
    if (open.length > 0) yield [open];
    await client.query('commit');
    isWhole = true;
  } finally {
    // Given up half-way, the server is still sending.
    client.release(!isWhole);
  }
}

function selectHistories({ category, until, streams, part, withoutData = [] }: HistoryOptions): string {
  const only = streams === undefined ? '' : `and stream_id in (${streams.map(pg.escapeLiteral).join()})`;
  const ours =
    part === undefined || part.of === 1
      ? ''
      : `and (hashtext(stream_id) & 2147483647) % ${part.of} = ${part.index}`;
  // Most are recorded as they happen.
  return `select stream_id, version, position, event_id, type, v, recorded_at, nullif(occurred_at, recorded_at),
      case ${withoutDataOf(withoutData)} else data end
    from log.events
    where category = ${pg.escapeLiteral(category)} and position <= ${Math.trunc(until)} ${only} ${ours}
    order by stream_id collate "C", version`;
}

/** Of the present versions only: what was stored before them is still to be lifted. */
function withoutDataOf(types: readonly string[]): string {
  const byVersion = Map.groupBy(types, (type) => currentVersions[type]);
  const conditions = [...byVersion].map(
    ([version, some]) => `v = ${version} and type in (${some.map(pg.escapeLiteral).join()})`,
  );
  return `when ${conditions.join(' or ') || 'false'} then '{}'`;
}

async function* wholeLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = text.lastIndexOf(lineFeed) + 1;
    if (end > 0) yield text.toString('utf8', 0, end);
    rest = text.subarray(end);
  }
}

/** An event as a line of text, to be put aside: `readEventLines` reads it. */
export function writeEventLine(event: StoredEvent): string {
  const { streamId, version, position, id, type, v, occurredAt, recordedAt, data } = event;
  const escaped = escapeBackslashes(JSON.stringify(data));
  return `${escapeBackslashes(streamId)}\t${version}\t${position}\t${id}\t${type}\t${v}\t${recordedAt}\t${occurredAt}\t${escaped}\n`;
}

const escapeBackslashes = (text: string) => (text.includes('\\') ? text.replaceAll('\\', '\\\\') : text);

/** The events of whole lines. */
export function readEventLines(text: string): StoredEvent[] {
  const events: StoredEvent[] = [];
  let at = 0;
  const field = () => {
    const end = text.indexOf('\t', at);
    const value = text.slice(at, end);
    at = end + 1;
    return value;
  };
  while (at < text.length) {
    const streamId = field();
    const version = Number(field());
    const position = Number(field());
    const id = field();
    const type = field();
    const v = Number(field());
    const recordedAt = readInstant(field());
    const occurred = field();
    const occurredAt = occurred === absent ? recordedAt : readInstant(occurred);
    const end = text.indexOf('\n', at);
    const json = text.slice(at, end);
    at = end + 1;
    // Line breaks and tabs inside the JSON are escaped by JSON itself: only backslashes are doubled.
    const data = json === '{}' ? {} : JSON.parse(json.includes('\\') ? json.replaceAll('\\\\', '\\') : json);
    events.push({ streamId, version, position, id, type, v, data, occurredAt, recordedAt });
  }
  return events;
}

/** `2026-03-02 09:00:00.12+00`, in UTC, or ISO 8601 already. */
function readInstant(text: string): string {
  if (text.endsWith('Z')) return text;
  if (text.length > 'YYYY-MM-DD HH:MM:SS.mmm+00'.length || text[10] !== ' ' || !text.endsWith('+00')) {
    return readTimestamp(text).toISOString();
  }
  const time = text.slice(11, -3);
  const whole = time.length < firstFraction ? `${time}.` : time;
  return `${text.slice(0, 10)}T${whole.padEnd(fullTime, '0')}Z`;
}
