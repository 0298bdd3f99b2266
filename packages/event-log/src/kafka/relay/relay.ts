import { createLoop, createWake, pauseAfter } from '@ringback/worker';
import type { Pool } from 'pg';
import type { Logger } from '../../port.ts';
import { readPage, readStreams } from '../../read/reader.ts';
import type { Upcasters } from '../../upcasters.ts';
import type { Sender } from '../client/sender.ts';
import type { KafkaObserver } from '../observer.ts';
import { createProgress } from './progress.ts';
import type { Leadership, RelayLease } from './relay-lease.ts';
import { type SendPart, toSendParts } from './send-parts.ts';
import { createTicketFactsIndex, type TicketFactsIndex } from './ticket-facts-index.ts';

export interface RelayOptions {
  pool: Pool;
  upcasters: Upcasters;
  logger: Logger;
  lease: RelayLease;
  sender: Sender;
  topicPrefix: string;
  onAppended(listener: () => void): () => void;
  observer?: KafkaObserver;
  /** How many events are read and sent at a time. Default 1,000. */
  pageSize?: number;
}

export interface Relay {
  start(): void;
  stop(): Promise<void>;
  leads(): boolean;
  /** Where it stands by the table: even when another process leads. */
  progress(): Promise<{ position: number; events: number; seconds: number }>;
}

const defaultPageSize = 1_000;
/** Polling is the truth, notification a hint, milliseconds. */
const pollMilliseconds = 1_000;
/** How late a candidate takes over from a leader that has ended in good order, milliseconds. */
const candidateMilliseconds = 1_000;
const backOff = { first: 200, longest: 5_000 };

/** A page of the log, ready to be sent. */
interface EncodedPage {
  parts: SendPart[];
  /** As many events as there could be: there are more. */
  isFull: boolean;
}

/**
 * Publishes the log in the order of its positions. Of all processes one leads; a send that fails, for whatever reason,
 * is made again from the last acknowledged position, so that Kafka has each event at least once, and each stream's
 * events in the order of their versions but for repetitions. The position is moved only by whoever leads.
 */
export function createRelay(options: RelayOptions & { name: string }): Relay {
  const { pool, logger, lease, sender, topicPrefix, onAppended, observer = {}, name } = options;
  const { pageSize = defaultPageSize } = options;
  const wake = createWake();
  let isLeading = false;
  let unsubscribe = () => {};

  /** Not woken by appends: they are for the leader to publish. */
  const loop = createLoop({
    async turn() {
      const { leadership, retryAfter } = await lease.acquire();
      if (leadership === null) return Math.min(retryAfter, candidateMilliseconds);
      await lead(leadership);
      return 0;
    },
    backOff,
    onError(error, failures) {
      if (failures === 1) logger.warn({ err: error }, 'the relay to Kafka cannot be led; it tries again');
    },
  });

  async function pause(failures: number): Promise<void> {
    const until = performance.now() + pauseAfter(failures, backOff);
    while (!loop.stopping && performance.now() < until) await wake.wait(until - performance.now());
  }

  /** As long as the lead lasts. */
  async function lead(leadership: Leadership): Promise<void> {
    isLeading = true;
    observer.onLead?.(true);
    logger.info({ epoch: leadership.epoch, position: leadership.position }, 'leads the relay to Kafka');
    const facts = createTicketFactsIndex(read, options.upcasters);
    const progress = createProgress(leadership);
    let position = leadership.position;
    let failures = 0;
    let ahead: Promise<EncodedPage> | null = null;
    try {
      while (!loop.stopping && !leadership.lost.aborted) {
        try {
          const { parts, isFull }: EncodedPage = await (ahead ?? encodePage(position, facts));
          // While it is behind, the next page is read as this one is sent; else what comes meanwhile goes together.
          ahead = isFull ? encodePage(parts.at(-1)?.last ?? position, facts) : null;
          ahead?.catch(() => {});
          for (const part of parts) {
            await send(part, leadership);
            position = part.last;
            progress.acknowledged(position);
            if (failures > 0) logger.info({ position }, 'the relay to Kafka goes on');
            failures = 0;
          }
          if (parts.length > 0) continue;
          progress.acknowledged(position);
          await wake.wait(pollMilliseconds);
        } catch (error) {
          // One page after another: the facts of its tickets are kept in this order.
          await ahead?.catch(() => {});
          ahead = null;
          if (loop.stopping || leadership.lost.aborted) break;
          observer.onSendFailed?.();
          if (failures === 0)
            logger.warn({ position, err: error }, 'events cannot be published to Kafka; they are sent again');
          failures += 1;
          await pause(failures);
        }
      }
    } finally {
      isLeading = false;
      observer.onLead?.(false);
      if (!loop.stopping)
        logger.warn({ epoch: leadership.epoch }, 'does not lead the relay to Kafka any more');
      await ahead?.catch(() => {});
      await progress.settle().catch(() => {});
      await leadership.release().catch(() => {});
    }
  }

  async function encodePage(after: number, facts: TicketFactsIndex): Promise<EncodedPage> {
    const { events } = await readPage(pool, { after, limit: pageSize });
    const parts = toSendParts(events, await facts.of(events), ({ position, streamId }, bytes) => {
      observer.onOversized?.();
      logger.error(
        { position, stream: streamId, bytes },
        'an event is larger than its topic takes; consumers read it from PostgreSQL',
      );
    });
    return { parts, isFull: events.length === pageSize };
  }

  async function send(part: SendPart, leadership: Leadership): Promise<void> {
    const started = performance.now();
    leadership.lost.throwIfAborted();
    await sender.send(part.topics(topicPrefix), leadership.lost);
    observer.onSent?.(part.messages, (performance.now() - started) / 1_000, part.last);
  }

  const read = async (ids: string[]) =>
    Map.groupBy(await readStreams(pool, 'ticket', ids), ({ streamId }) => streamId);

  return {
    start() {
      unsubscribe = onAppended(wake.wake);
      void loop.start();
    },
    async stop() {
      unsubscribe();
      const stopped = loop.stop();
      wake.wake();
      await stopped;
      await sender.close();
    },
    leads: () => isLeading,
    async progress() {
      const { rows } = await pool.query<{ position: number; events: number; seconds: number | null }>(
        `select coalesce(r.position, 0)::float8 as position,
           greatest(h.position - coalesce(r.position, 0), 0)::float8 as events,
           (select extract(epoch from clock_timestamp() - e.recorded_at)::float8 from log.events e
            where e.position > coalesce(r.position, 0) order by e.position limit 1) as seconds
         from log.head h left join log.relays r on r.name = $1`,
        [name],
      );
      const { position = 0, events = 0, seconds = null } = rows[0] ?? {};
      return { position, events, seconds: Math.max(0, seconds ?? 0) };
    },
  };
}
