import { toInstant } from '@ringback/domain/service-level';
import type { JsonObject, RecordedEvent } from '../port.ts';

/** An event as it is stored, not lifted yet, without what no projection asks for. */
export type StoredEvent = Omit<RecordedEvent, 'category' | 'metadata'>;

/** In this order `StoredEventReader` reads them. `hash` is an integer that a stream's events share. */
export const storedColumns = [
  'hash',
  'stream_id',
  'version',
  'position',
  'event_id',
  'type',
  'v',
  'recorded_at',
  'occurred_at',
  'data',
] as const;

/** PostgreSQL counts microseconds from the beginning of 2000. */
const epochMilliseconds = Date.UTC(2000, 0, 1);
const half = 2 ** 32;
const headerLength = 'PGCOPY\n\xff\r\n\0'.length + 4 + 4;
const trailer = -1;
const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Reads events of `storedColumns` in the binary format of `COPY … TO`: PostgreSQL writes it in less time than text. An
 * absent `occurred_at` is that of the recording. https://www.postgresql.org/docs/current/sql-copy.html
 */
export class StoredEventReader {
  #rest: Buffer = Buffer.alloc(0);
  #isBegun = false;
  /** Where the field that is read begins, and its bytes; -1: null. */
  #at = 0;
  #length = 0;
  #streamId = '';
  #streamBytes: Buffer = Buffer.alloc(0);
  readonly #types: { text: string; bytes: Buffer }[] = [];

  /** Hands over each event that ends in what has come so far, with its hash. */
  read(chunk: Buffer, onEvent: (event: StoredEvent, hash: number) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let from = 0;
    if (!this.#isBegun) {
      if (bytes.length < headerLength) {
        this.#rest = bytes;
        return;
      }
      this.#isBegun = true;
      from = headerLength;
    }
    for (let end = rowEnd(bytes, from); end !== -1; end = rowEnd(bytes, from)) {
      this.#at = from + 2;
      this.#length = 0;
      this.#readRow(bytes, onEvent);
      from = end;
    }
    this.#rest = bytes.subarray(from);
  }

  #readRow(bytes: Buffer, onEvent: (event: StoredEvent, hash: number) => void): void {
    const hash = readInteger(bytes, this.#next(bytes));
    const streamId = this.#readStreamId(bytes, this.#next(bytes));
    const version = readInteger(bytes, this.#next(bytes));
    const position = readLong(bytes, this.#next(bytes));
    const id = readUuid(bytes, this.#next(bytes));
    const type = this.#readType(bytes, this.#next(bytes));
    const v = readShort(bytes, this.#next(bytes));
    const recordedAt = readInstant(bytes, this.#next(bytes));
    const occurred = this.#next(bytes);
    const occurredAt = this.#length === -1 ? recordedAt : readInstant(bytes, occurred);
    const data = readJson(bytes, this.#next(bytes), this.#length);
    onEvent({ streamId, version, position, id, type, v, data, occurredAt, recordedAt }, hash);
  }

  /** Goes on to the next field: where its bytes begin. */
  #next(bytes: Buffer): number {
    this.#at += Math.max(0, this.#length);
    this.#length = readInteger(bytes, this.#at);
    this.#at += 4;
    return this.#at;
  }

  /** Most events are of the same stream as the one before. */
  #readStreamId(bytes: Buffer, from: number): string {
    if (!isSame(this.#streamBytes, bytes, from, this.#length)) {
      this.#streamBytes = Buffer.from(bytes.subarray(from, from + this.#length));
      this.#streamId = this.#streamBytes.toString();
    }
    return this.#streamId;
  }

  /** There are few types. */
  #readType(bytes: Buffer, from: number): string {
    for (const known of this.#types) if (isSame(known.bytes, bytes, from, this.#length)) return known.text;
    const own = Buffer.from(bytes.subarray(from, from + this.#length));
    this.#types.push({ text: own.toString(), bytes: own });
    return own.toString();
  }
}

/** Where a row ends; -1 where not all of it is there, or it is none. */
function rowEnd(bytes: Buffer, from: number): number {
  let at = from + 2;
  if (at > bytes.length) return -1;
  const fields = readShort(bytes, from);
  if (fields === trailer) return -1;
  for (let field = 0; field < fields; field += 1) {
    if (at + 4 > bytes.length) return -1;
    at += 4 + Math.max(0, readInteger(bytes, at));
  }
  return at > bytes.length ? -1 : at;
}

// By hand: what a Buffer offers for it looks at its arguments each time, and there are ten fields to an event.

function isSame(known: Uint8Array, bytes: Uint8Array, from: number, length: number): boolean {
  if (known.length !== length) return false;
  for (let index = length - 1; index >= 0; index -= 1) if (known[index] !== bytes[from + index]) return false;
  return true;
}

const readShort = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] as number) << 24) >> 16) | (bytes[at + 1] as number);

const readInteger = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) << 24) |
  ((bytes[at + 1] as number) << 16) |
  ((bytes[at + 2] as number) << 8) |
  (bytes[at + 3] as number);

/** Exact to 2⁵³. */
const readLong = (bytes: Uint8Array, at: number): number =>
  readInteger(bytes, at) * half + (readInteger(bytes, at + 4) >>> 0);

const readInstant = (bytes: Uint8Array, at: number): string =>
  toInstant(Math.floor(readLong(bytes, at) / 1_000) + epochMilliseconds);

function readUuid(bytes: Uint8Array, at: number): string {
  const hex = (index: number) => hexadecimal[bytes[at + index] as number] as string;
  const first = hex(0) + hex(1) + hex(2) + hex(3);
  const last = hex(10) + hex(11) + hex(12) + hex(13) + hex(14) + hex(15);
  return `${first}-${hex(4)}${hex(5)}-${hex(6)}${hex(7)}-${hex(8)}${hex(9)}-${last}`;
}

/** After the version of the format of `jsonb`, which is one byte, its text. */
function readJson(bytes: Buffer, at: number, length: number): JsonObject {
  return length === 3 ? {} : JSON.parse(bytes.toString('utf8', at + 1, at + length));
}
