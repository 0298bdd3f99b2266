import pg, { type Pool } from 'pg';
import { to } from 'pg-copy-streams';
import type { Category } from '../port.ts';
import { currentVersions } from '../upcasters.ts';
import type { Part } from './part.ts';
import { type StoredEvent, StoredEventReader, storedColumns } from './stored-events.ts';

export interface HistoryOptions {
  category: Category;
  /** The last position that is read. */
  until: number;
  /** Only these streams; all of the category when absent. */
  streams?: readonly string[];
  /** Types whose data no one asks for: they come as `{}`. */
  withoutData?: readonly string[];
  /** Only a part; they are of about the same size. */
  part?: Part;
  /** Memory of the server; what does not fit is sorted on its disk. Default: the server's own. */
  sortKilobytes?: number;
}

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
    const { sortKilobytes } = options;
    const memory = sortKilobytes === undefined ? '' : `set local work_mem = ${Math.trunc(sortKilobytes)}`;
    await client.query(
      `begin read only; set local jit = off; set local max_parallel_workers_per_gather = 0; ${memory}`,
    );
    const copy = to(`copy (${selectHistories(options)}) to stdout (format binary)`);
    const reader = new StoredEventReader();
    const histories = gatherHistories();
    for await (const chunk of client.query(copy) as AsyncIterable<Buffer>) {
      reader.read(chunk, histories.add);
      const whole = histories.take();
      if (whole.length > 0) yield whole;
    }
    yield histories.end();
    await client.query('commit');
    isWhole = true;
  } finally {
    // Given up half-way, the server is still sending.
    client.release(!isWhole);
  }
}

/** Streams that share a hash lie among each other; a number is sorted by more quickly than a text and a number. */
function selectHistories({ category, until, streams, part, withoutData = [] }: HistoryOptions): string {
  const columns: { [column in (typeof storedColumns)[number]]?: string } = {
    hash: 'hashtext(stream_id)',
    // Most are recorded as they happen.
    occurred_at: 'nullif(occurred_at, recorded_at)',
    data: `case when ${typeIsOneOf(withoutData)} then '{}' else data end`,
  };
  const only = streams === undefined ? '' : `and stream_id in (${streams.map(pg.escapeLiteral).join()})`;
  const ours =
    part === undefined || part.of === 1
      ? ''
      : `and (hashtext(stream_id) & 2147483647) % ${part.of} = ${part.index}`;
  return `select ${storedColumns.map((column) => columns[column] ?? column).join()} from log.events
    where category = ${pg.escapeLiteral(category)} and position <= ${Math.trunc(until)} ${only} ${ours}
    order by (hashtext(stream_id)::bigint << 32) | version`;
}

/** Of the present versions only: what was stored before them is still to be lifted. */
function typeIsOneOf(types: readonly string[]): string {
  const byVersion = Map.groupBy(types, (type) => currentVersions[type]);
  const conditions = [...byVersion].map(
    ([version, some]) => `v = ${version} and type in (${some.map(pg.escapeLiteral).join()})`,
  );
  return conditions.join(' or ') || 'false';
}

/** Puts together what comes in the order of hashes and, within them, versions. */
function gatherHistories() {
  let whole: StoredEvent[][] = [];
  let open: StoredEvent[] = [];
  let openHash = 0;
  let isOneStream = true;

  function close(): void {
    if (open.length === 0) return;
    if (isOneStream) whole.push(open);
    else whole.push(...Map.groupBy(open, ({ streamId }) => streamId).values());
    open = [];
    isOneStream = true;
  }

  return {
    add(event: StoredEvent, hash: number): void {
      if (hash !== openHash) close();
      openHash = hash;
      open.push(event);
      isOneStream &&= event.streamId === open[0]?.streamId;
    },
    take(): StoredEvent[][] {
      const taken = whole;
      whole = [];
      return taken;
    },
    end(): StoredEvent[][] {
      close();
      return whole;
    },
  };
}
