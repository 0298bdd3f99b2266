import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type FeedEntry, formatPosition, textFor } from '../feed-entry.ts';
import { type FeedFilter, isWanted } from '../feed-filter.ts';

/** An open feed. Plain data without timers or promises while it is live, because a process may serve thousands. */
export interface Listener {
  readonly raw: ServerResponse;
  /** Where events are written: a response defers each write to the next tick, which would make slices too long. */
  readonly socket: Socket;
  readonly filter: FeedFilter;
  readonly keyId: string;
  readonly clock: FeedClock;
  /** Every event up to here was sent or filtered out. */
  position: number;
  /** The last `id` sent. */
  sentId: number;
  /** Whether it is in the audience. */
  isLive: boolean;
  isEnded: boolean;
  /** The tick of the last write. */
  sentAt: number;
  /** Bytes that the other side had accepted at the last count, and the tick at which that number last grew. */
  accepted: number;
  acceptedAt: number;
}

/** Counts the ticks of the heartbeat's timer; cheaper than reading the time on every write. */
export interface FeedClock {
  tick: number;
}

/** Text that is written at once. */
export interface Piece {
  text: Buffer;
  /** Of the last event in it. */
  id: number;
}

export function createListener(
  given: Pick<Listener, 'raw' | 'socket' | 'filter' | 'keyId' | 'position' | 'clock'>,
): Listener {
  const { tick } = given.clock;
  const state = { isLive: false, isEnded: false, sentAt: tick, accepted: 0, acceptedAt: tick };
  return { ...given, ...state, sentId: given.position };
}

/** About the size of a piece; a larger event is a piece by itself. */
const pieceBytes = 64 * 1_024;

/** Sends a piece. The caller is responsible for the order. */
export function send(listener: Listener, { text, id }: Piece): void {
  listener.socket.write(text);
  listener.position = id;
  listener.sentId = id;
  listener.sentAt = listener.clock.tick;
}

/** Moves the client's `Last-Event-ID` to the listener's position, unless it is there. */
export function sendPosition(listener: Listener): void {
  if (listener.sentId === listener.position) return;
  send(listener, { text: formatPosition(listener.position), id: listener.position });
}

/** The entries that pass a filter, as text in pieces. */
export function* piecesOf(entries: Iterable<FeedEntry>, filter: FeedFilter): Generator<Piece> {
  let texts: Buffer[] = [];
  let bytes = 0;
  let id = 0;
  for (const entry of entries) {
    if (!isWanted(filter, entry)) continue;
    const text = textFor(entry, filter.customerId);
    texts.push(text);
    bytes += text.length;
    id = entry.event.position;
    if (bytes < pieceBytes) continue;
    yield { text: Buffer.concat(texts), id };
    texts = [];
    bytes = 0;
  }
  if (texts.length === 1) yield { text: texts[0] as Buffer, id };
  else if (texts.length > 1) yield { text: Buffer.concat(texts), id };
}

/** Whether the other side has accepted nothing for so many ticks. Counts the bytes at each call. */
export function hasStalled(listener: Listener, ticks: number): boolean {
  const { socket, clock } = listener;
  const accepted = socket.bytesWritten - socket.writableLength;
  if (accepted > listener.accepted) {
    listener.accepted = accepted;
    listener.acceptedAt = clock.tick;
  }
  return clock.tick - listener.acceptedAt >= ticks;
}

/** Resolves when everything written was accepted, or the connection has closed. */
export async function drained({ socket }: Listener): Promise<void> {
  if (!socket.writableNeedDrain || socket.destroyed) return;
  await new Promise<void>((resolve) => {
    const settle = () => {
      socket.off('drain', settle);
      socket.off('close', settle);
      resolve();
    };
    socket.on('drain', settle);
    socket.on('close', settle);
  });
}
