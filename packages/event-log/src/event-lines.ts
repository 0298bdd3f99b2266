import pg, { type Pool } from 'pg';
import { to } from 'pg-copy-streams';
import type { Category, RecordedEvent } from './port.ts';

/** An event as it is stored, not lifted yet, without what no projection asks for. */
export type StoredEvent = Omit<RecordedEvent, 'category' | 'metadata'>;

export interface ExportOptions {
  category: Category;
  /** The last position that is exported. */
  until: number;
  /** Only these streams; all of the category when absent. */
  streams?: readonly string[];
}

const columns = 'stream_id, version, position, event_id, type, v, occurred_at, recorded_at, data';
const firstFraction = 9;
const fullTime = 'HH:MM:SS.mmm'.length;
const readTimestamp: (text: string) => Date = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ);

/**
 * The log as lines of text, in no order, in chunks that may end within a line: `readEventLines` reads them. Several
 * times as fast as rows. Positions are dense and in commit order, so that a position is a snapshot: no transaction
 * is held open for longer than the reading.
 */
export async function* exportEventLines(
  pool: Pool,
  { category, until, streams }: ExportOptions,
): AsyncGenerator<Buffer> {
  const client = await pool.connect();
  let isWhole = false;
  try {
    await client.query(`begin read only; set local timezone = 'UTC'; set local datestyle = 'ISO'`);
    const only = streams === undefined ? '' : `and stream_id in (${streams.map(pg.escapeLiteral).join()})`;
    const source = `select ${columns} from log.events
      where category = ${pg.escapeLiteral(category)} and position <= ${Math.trunc(until)} ${only}`;
    if (streams?.length !== 0) yield* client.query(to(`copy (${source}) to stdout`)) as AsyncIterable<Buffer>;
    await client.query('commit');
    isWhole = true;
  } finally {
    // Given up half-way, the server is still sending.
    client.release(!isWhole);
  }
}

/** An event as `exportEventLines` writes it: for a source that has events. */
export function writeEventLine(event: StoredEvent): string {
  const { streamId, version, position, id, type, v, occurredAt, recordedAt, data } = event;
  const fields = [streamId, version, position, id, type, v, occurredAt, recordedAt, JSON.stringify(data)];
  return `${fields.map((field) => String(field).replaceAll('\\', '\\\\')).join('\t')}\n`;
}

/** The events of whole lines. */
export function readEventLines(text: string): StoredEvent[] {
  const events: StoredEvent[] = [];
  const isEscaped = text.includes('\\');
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
    const occurred = field();
    const recorded = field();
    const end = text.indexOf('\n', at);
    const json = text.slice(at, end);
    at = end + 1;
    // Line breaks and tabs inside the JSON are escaped by JSON itself: only backslashes are doubled.
    const data = JSON.parse(isEscaped && json.includes('\\') ? json.replaceAll('\\\\', '\\') : json);
    const recordedAt = readInstant(recorded);
    const occurredAt = occurred === recorded ? recordedAt : readInstant(occurred);
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
