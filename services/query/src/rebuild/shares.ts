import { appendFile, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One share of the tickets: all lines of each of them, in memory and, where they are many, in a file before that. */
export interface Share {
  file: string | null;
  tail: Buffer;
}

export interface Shares {
  /** Takes lines of event text, which may end within a line. */
  add(chunk: Buffer): Promise<void>;
  /** Each share once; the lines are all there by then. */
  take(): Share[];
  remove(): Promise<void>;
}

const prefix = 'ringback-rebuild-';
const memory = 32 * 1024 * 1024;
const lineFeed = 10;
const tab = 9;

interface Pending {
  buffer: Buffer;
  bytes: number;
  isSpilt: boolean;
}

/**
 * Divides event lines by ticket into shares that are small enough to be held in memory, in one pass over a log of
 * any size and order. What does not fit waits in files of the temporary folder (`TMPDIR`) that only we can read.
 */
export async function createShares(count: number): Promise<Shares> {
  await removeLeftovers();
  const folder = await mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`));
  const size = Math.floor(memory / count);
  const pending = Array.from({ length: count }, (): Pending => {
    return { buffer: Buffer.allocUnsafe(size), bytes: 0, isSpilt: false };
  });
  let rest: Buffer = Buffer.alloc(0);
  const fileOf = (share: Pending) => join(folder, String(pending.indexOf(share)));

  async function spill(share: Pending, line: Buffer): Promise<void> {
    const text = Buffer.concat([share.buffer.subarray(0, share.bytes), line]);
    Object.assign(share, { bytes: 0, isSpilt: true });
    await appendFile(fileOf(share), text, { mode: 0o600 });
  }

  return {
    async add(chunk) {
      const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = text.lastIndexOf(lineFeed) + 1;
      for (let at = 0; at < end; ) {
        const next = text.indexOf(lineFeed, at) + 1;
        const share = pending[shareOf(text, at) % count] as Pending;
        if (share.bytes + next - at > size) await spill(share, text.subarray(at, next));
        else share.bytes += text.copy(share.buffer, share.bytes, at, next);
        at = next;
      }
      rest = Buffer.from(text.subarray(end));
    },
    take: () =>
      pending.map((share) => ({
        file: share.isSpilt ? fileOf(share) : null,
        tail: share.buffer.subarray(0, share.bytes),
      })),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

export async function readShare({ file, tail }: Share): Promise<string> {
  const text = Buffer.from(tail).toString();
  return file === null ? text : (await readFile(file, 'utf8')) + text;
}

/** FNV-1a of the stream's id, which is the line's first field. */
function shareOf(text: Buffer, at: number): number {
  let hash = 0x811c9dc5;
  for (let index = at; text[index] !== tab; index += 1)
    hash = Math.imul(hash ^ (text[index] as number), 0x01000193);
  return hash >>> 0;
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
