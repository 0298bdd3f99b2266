import type { ServerResponse } from 'node:http';
import { type Identity, Problem, type ServiceContext } from '@ringback/service-kit';
import { createTurns } from '../turns.ts';
import { type FeedEntry, formatPosition } from './feed-entry.ts';
import type { FeedFilter } from './feed-filter.ts';
import { createFeedKeys } from './feed-keys.ts';
import { createFeedMetrics, type EndReason } from './feed-metrics.ts';
import { defaultFeedOptions, type FeedOptions } from './feed-options.ts';
import { createFeedPool } from './reading/feed-pool.ts';
import { createLogPages } from './reading/log-pages.ts';
import { createEntryReader, createPastReader } from './reading/read-entries.ts';
import { openTail, type Tail } from './reading/tail.ts';
import { createAudience } from './sending/audience.ts';
import { followUp } from './sending/follow-up.ts';
import { startHeartbeat, ticksInInterval } from './sending/heartbeat.ts';
import { createListener, hasStalled, type Listener, send } from './sending/listener.ts';

/** Serves all feeds of this process from a single reader of the log. */
export interface FeedHub {
  /**
   * Reserves a place for a feed of this key. Throws `too-many-feeds`, `unauthenticated` or `unavailable`, and rethrows
   * database errors.
   */
  enter(identity: Identity): Promise<FeedPlace>;
  /** Aborted on `close`. */
  readonly closed: AbortSignal;
  /** Ends every feed immediately and refuses new ones. */
  close(): void;
  /** Closes, then ends the database connections. */
  stop(): Promise<void>;
}

/** A reserved place. Call exactly one of `open` and `leave`. */
interface FeedPlace {
  /** The head of the log, read after `enter` was called. */
  readonly head: number;
  /** Sends every event after a position, which must not exceed `head`, until either side closes the connection. */
  open(raw: ServerResponse, filter: FeedFilter, after: number): void;
  leave(): void;
}

type Context = Pick<
  ServiceContext,
  'pool' | 'log' | 'logIdentity' | 'directory' | 'clock' | 'metrics' | 'logger' | 'configuration'
>;

/** Catching up needs two; one is always free for the tail. */
const pagesAtOnce = 2;
const connections = pagesAtOnce + 1;
const silence = Buffer.from(': waiting\n\n');

export function createFeedHub(context: Context, given: Partial<FeedOptions> = {}): FeedHub {
  const { log, logIdentity, directory, clock, logger } = context;
  const options = { ...defaultFeedOptions(context.configuration), ...given };
  const pool = createFeedPool(context.pool, logger, connections);
  const listeners = new Set<Listener>();
  const turns = createTurns(options.sliceMilliseconds);
  const pages = createLogPages({
    ...options.pages,
    pool,
    readEntries: createPastReader(pool, logger),
    atOnce: pagesAtOnce,
  });
  const audience = createAudience({
    turns,
    maximumWaiting: options.maximumWaiting,
    onSlow: (listener) => void catchUp(listener),
  });
  const heartbeat = startHeartbeat(options.heartbeatMilliseconds, beat);
  const stalledTicks = (options.stalledMilliseconds * ticksInInterval) / options.heartbeatMilliseconds;
  const keys = createFeedKeys({
    directory,
    limits: options.limits,
    now: clock.now,
    onEnded: (ended) => endAll(ended, 'key'),
  });
  const metrics = createFeedMetrics(context.metrics, () => ({
    live: audience.size(),
    behind: listeners.size - audience.size(),
  }));
  const unsubscribe = logIdentity.onChanged(() => restart('log'));
  const closing = new AbortController();
  let tail: Tail | null = null;
  let opening: Promise<Tail> | null = null;
  let lingering: NodeJS.Timeout | undefined;

  /** Starts to read the end of the log. Rejects when it cannot be read, or when reading was stopped meanwhile. */
  function startReading(): Promise<Tail> {
    const opened = openTail({
      pool,
      readEntries: createEntryReader(pool, logger),
      logger,
      limits: options.recent,
      onAppended: log.onAppended,
      onEntries: deliver,
      onRewound: () => restart('log'),
      onFailure: async () => {
        await logIdentity.check().catch(() => {});
      },
    });
    const mine = opened.then((read) => {
      if (opening !== mine) {
        read.close();
        throw unavailable();
      }
      tail = read;
      return read;
    });
    mine.catch(() => {
      if (opening === mine) opening = null;
    });
    return mine;
  }

  function stopReading(): void {
    tail?.close();
    tail = null;
    opening = null;
    pages.forget();
  }

  /** Ends all feeds; the next one reads the log from its present head. */
  function restart(reason: EndReason): void {
    stopReading();
    endAll([...listeners], reason);
  }

  async function deliver(entries: readonly FeedEntry[]): Promise<void> {
    if (entries.some(({ event }) => event.type === 'CustomerIdentified')) pages.forget();
    try {
      await audience.deliver(entries);
    } catch (error) {
      // A feed that may have missed an event must not go on; its reader resumes.
      logger.error({ err: error }, 'sending to the feeds failed; they are closed');
      endAll([...listeners], 'failure');
    }
  }

  async function catchUp(listener: Listener): Promise<void> {
    if (tail === null) return end(listener, 'log');
    const { recent } = tail;
    try {
      await followUp(listener, { recent, pages, turns, onCaughtUp: audience.join });
    } catch (error) {
      logger.error({ err: error, position: listener.position }, 'a feed failed to catch up; it is closed');
      end(listener, 'failure');
    }
  }

  function beat(listener: Listener): void {
    if (listener.socket.writableNeedDrain) {
      if (hasStalled(listener, stalledTicks)) end(listener, 'slow');
    } else if (listener.isLive && tail !== null && !audience.isDelivering()) {
      const position = tail.recent.end();
      send(listener, { text: formatPosition(position), id: position });
    } else listener.socket.write(silence);
  }

  function endAll(some: Iterable<Listener>, reason: EndReason): void {
    for (const listener of some) end(listener, reason);
  }

  function end(listener: Listener, reason: EndReason): void {
    if (listener.isEnded) return;
    listener.isEnded = true;
    listeners.delete(listener);
    audience.leave(listener);
    release(listener.keyId, listener);
    metrics.countEnd(reason);
    const { raw, socket } = listener;
    if (socket.destroyed) return;
    // Data that a slow reader has not accepted is dropped: it resumes from the last id that it has.
    if (socket.writableLength > 0) socket.destroy();
    else raw.end(reason === 'shutdown' ? formatRetry() : undefined);
  }

  function release(keyId: string, listener?: Listener): void {
    keys.release(keyId, listener);
    if (keys.size() > 0 || closing.signal.aborted) return;
    clearTimeout(lingering);
    lingering = setTimeout(() => {
      if (keys.size() === 0) stopReading();
    }, options.lingerMilliseconds);
    lingering.unref();
  }

  function open(raw: ServerResponse, filter: FeedFilter, keyId: string, after: number): void {
    const { socket } = raw;
    if (socket === null) return release(keyId);
    const { clock: ticks } = heartbeat;
    const listener = createListener({ raw, socket, filter, keyId, position: after, clock: ticks });
    listeners.add(listener);
    keys.assign(listener);
    raw.on('close', () => end(listener, 'client'));
    raw.on('error', () => end(listener, 'client'));
    raw.flushHeaders();
    send(listener, { text: formatPosition(after), id: after });
    heartbeat.add(listener);
    void catchUp(listener);
  }

  async function enter(identity: Identity): Promise<FeedPlace> {
    if (closing.signal.aborted) throw unavailable();
    const { keyId } = identity;
    keys.reserve(identity);
    try {
      // While nothing was read, a restored log went unnoticed.
      if (opening === null) await logIdentity.check();
      opening ??= startReading();
      const mine = opening;
      const reading = await mine;
      const head = await reading.catchUp().catch((error: unknown) => {
        throw opening === mine ? error : unavailable();
      });
      await keys.confirm(keyId, head);
      if (closing.signal.aborted || opening !== mine) throw unavailable();
      return {
        head,
        leave: () => release(keyId),
        open(raw, filter, after) {
          if (opening === mine && !closing.signal.aborted) return open(raw, filter, keyId, after);
          release(keyId);
          raw.end();
        },
      };
    } catch (error) {
      release(keyId);
      throw error;
    }
  }

  function close(): void {
    if (closing.signal.aborted) return;
    closing.abort();
    restart('shutdown');
    heartbeat.stop();
    keys.stop();
    unsubscribe();
    clearTimeout(lingering);
  }

  return {
    enter,
    close,
    closed: closing.signal,
    async stop() {
      close();
      await pool.end();
    },
  };
}

const unavailable = () => new Problem('unavailable', { headers: { 'retry-after': '2' } });

/** When to reconnect, spread over four seconds: another process takes all readers of this one. */
const formatRetry = () => `retry: ${1_000 + Math.floor(Math.random() * 4_000)}\n\n`;
