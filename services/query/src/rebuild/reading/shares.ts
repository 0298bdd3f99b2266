import { appendFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoredEvent } from '@ringback/event-log';
import type { ReadOptions } from './history-source.ts';

const prefix = 'ringback-rebuild-';
/** What is put aside in memory, of all shares; what does not fit waits in files. */
const memory = 32 * 1024 * 1024;
/** Few enough to be folded in memory. */
const eventsOfShare = 15_000;
const maximumShares = 4_096;
const bytesOfUnit = 3;

/** A share of the tickets: their events, in memory and, where they are many, in a file before that. */
interface Share {
  buffer: Buffer;
  bytes: number;
  /** Null until something was spilt. */
  file: string | null;
}

/**
 * Each ticket's events together, of pages that may hold them in any order: in one pass over a log of any size, which is
 * divided by ticket into shares that are small enough to be held in memory. What does not fit waits in files of the
 * temporary folder (`TMPDIR`) that only we can read.
 */
export async function* divideIntoHistories(
  pages: AsyncIterable<readonly StoredEvent[]>,
  { until, part, onRead }: ReadOptions,
): AsyncGenerator<StoredEvent[][]> {
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  try {
    const wanted = Math.ceil(until / part.of / eventsOfShare);
    const shares = createShares(Math.min(maximumShares, Math.max(1, wanted)), folder);
    for await (const page of pages) {
      for (const event of page) {
        if (event.position > until) continue;
        const spilling = shares.add(event);
        if (spilling !== undefined) await spilling;
      }
      onRead(page.length);
    }
    for await (const text of shares.texts())
      yield [...Map.groupBy(readLines(text), ({ streamId }) => streamId).values()];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function createShares(count: number, folder: string) {
  const size = Math.floor(memory / count);
  const shares = Array.from({ length: count }, (): Share => {
    return { buffer: Buffer.allocUnsafe(size), bytes: 0, file: null };
  });

  async function spill(share: Share, line: string): Promise<void> {
    share.file ??= join(folder, String(shares.indexOf(share)));
    const text = Buffer.concat([share.buffer.subarray(0, share.bytes), Buffer.from(line)]);
    share.bytes = 0;
    await appendFile(share.file, text, { mode: 0o600 });
  }

  return {
    /** Returns a promise only where there is something to wait for. */
    add(event: StoredEvent): Promise<void> | undefined {
      const share = shares[hash(event.streamId) % count] as Share;
      const line = writeLine(event);
      if (share.bytes + line.length * bytesOfUnit > size) return spill(share, line);
      share.bytes += share.buffer.write(line, share.bytes);
      return undefined;
    },
    async *texts(): AsyncGenerator<string> {
      for (const { buffer, bytes, file } of shares) {
        const tail = buffer.toString('utf8', 0, bytes);
        yield file === null ? tail : (await readFile(file, 'utf8')) + tail;
      }
    },
  };
}

function writeLine({
  streamId,
  version,
  position,
  id,
  type,
  v,
  data,
  occurredAt,
  recordedAt,
}: StoredEvent): string {
  return `${JSON.stringify([streamId, version, position, id, type, v, data, occurredAt, recordedAt])}\n`;
}

function readLines(text: string): StoredEvent[] {
  const events: StoredEvent[] = [];
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    const [streamId, version, position, id, type, v, data, occurredAt, recordedAt] = JSON.parse(
      text.slice(at, end),
    );
    events.push({ streamId, version, position, id, type, v, data, occurredAt, recordedAt });
    at = end + 1;
  }
  return events;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}

/** A rebuild that was killed could not remove its files; the process that made a folder is in its name. */
async function removeLeftovers(): Promise<void> {
  await mkdir(tmpdir(), { recursive: true });
  for (const name of await readdir(tmpdir())) {
    const [, owner] = name.match(/^ringback-rebuild-(\d+)-/) ?? [];
    if (owner === undefined || isAlive(Number(owner))) continue;
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
