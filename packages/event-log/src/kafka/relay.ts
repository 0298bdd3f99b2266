import type { Pool } from 'pg';
import type { Logger } from '../port.ts';
import { readPage, readStreams } from '../reader.ts';
import type { Upcasters } from '../upcasters.ts';
import { createWake } from '../wake.ts';
import type { Sender } from './client/sender.ts';
import type { Leadership, Lease } from './lease.ts';
import type { KafkaObserver } from './observer.ts';
import { createProgress } from './progress.ts';
import { type SendPart, toSendParts } from './send-parts.ts';
import { createTicketFacts, type TicketFacts } from './ticket-facts.ts';

export interface RelayOptions {
  pool: Pool;
  upcasters: Upcasters;
  logger: Logger;
  lease: Lease;
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
  /** Where it stands by the table: also when another process leads. */
  progress(): Promise<{ position: number; events: number; seconds: number }>;
}

const defaultPageSize = 1_000;
/** Polling is the truth, notification a hint, milliseconds. */
const pollMilliseconds = 1_000;
/** How late a candidate takes over from a leader that has ended in good order, milliseconds. */
const candidateMilliseconds = 1_000;

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
  let stopping = false;
  let isLeading = false;
  let running: Promise<void> = Promise.resolve();
  let unsubscribe = () => {};

  async function run(): Promise<void> {
    let failures = 0;
    while (!stopping) {
      try {
        const { leadership, retryAfter } = await lease.acquire();
        // Not woken by appends: they are for the leader to publish.
        if (leadership === null) await sleepOrStop(Math.min(retryAfter, candidateMilliseconds));
        else failures = (await lead(leadership)) ? 0 : failures + 1;
        if (failures > 0) await pause(failures);
      } catch (error) {
        if (failures === 0) logger.warn({ err: error }, 'the relay to Kafka cannot be led; it tries again');
        failures += 1;
        await pause(failures);
      }
    }
  }

  const pause = (failures: number) => sleepOrStop(Math.min(5_000, 100 * 2 ** Math.min(failures, 6)));

  async function sleepOrStop(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (!stopping && performance.now() < until) await wake.wait(until - performance.now());
  }

  /** As long as the lead lasts. False when the lead was not what ended it. */
  async function lead(leadership: Leadership): Promise<boolean> {
    isLeading = true;
    observer.onLead?.(true);
    logger.info({ epoch: leadership.epoch, position: leadership.position }, 'leads the relay to Kafka');
    const facts = createTicketFacts(read, options.upcasters);
    const progress = createProgress(leadership);
    let position = leadership.position;
    let failures = 0;
    let ahead: Promise<EncodedPage> | null = null;
    try {
      while (!stopping && !leadership.lost.aborted) {
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
          if (stopping || leadership.lost.aborted) break;
          observer.onSendFailed?.();
          if (failures === 0)
            logger.warn({ position, err: error }, 'events cannot be published to Kafka; they are sent again');
          failures += 1;
          await pause(failures);
        }
      }
      return true;
    } finally {
      isLeading = false;
      observer.onLead?.(false);
      if (!stopping) logger.warn({ epoch: leadership.epoch }, 'does not lead the relay to Kafka any more');
      await ahead?.catch(() => {});
      await progress.settle().catch(() => {});
      await leadership.release().catch(() => {});
    }
  }

  async function encodePage(after: number, facts: TicketFacts): Promise<EncodedPage> {
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
      running = run();
    },
    async stop() {
      stopping = true;
      unsubscribe();
      wake.wake();
      await running;
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
