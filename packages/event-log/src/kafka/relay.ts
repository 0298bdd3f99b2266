import type { Pool } from 'pg';
import type { Logger, RecordedEvent } from '../port.ts';
import { readPage, readStreams } from '../reader.ts';
import type { Upcasters } from '../upcasters.ts';
import { createWake } from '../wake.ts';
import type { Sender, TopicMessages } from './client/sender.ts';
import type { Leadership, Lease } from './lease.ts';
import { encodeMessage } from './message.ts';
import type { KafkaObserver } from './observer.ts';
import { createTicketFacts, type TicketFacts } from './ticket-facts.ts';
import { topicDefinitions, topicsOfEvent } from './topics.ts';

export interface RelayOptions {
  pool: Pool;
  upcasters: Upcasters;
  logger: Logger;
  lease: Lease;
  sender: Sender;
  topicPrefix: string;
  onAppended(listener: () => void): () => void;
  observer?: KafkaObserver;
  /** How many events are read and sent at a time. Default 500. */
  pageSize?: number;
}

export interface Relay {
  start(): void;
  stop(): Promise<void>;
  leads(): boolean;
  /** Where it stands by the table: also when another process leads. */
  progress(): Promise<{ position: number; events: number; seconds: number }>;
}

const defaultPageSize = 500;
/** Polling is the truth, notification a hint, milliseconds. */
const pollMilliseconds = 1_000;
/** How late a candidate takes over from a leader that has ended in good order, milliseconds. */
const candidateMilliseconds = 1_000;
/** In one partition a send is one batch of records, which must not be larger than the topic takes. */
const sendBytes = 1_000_000;
/** What a message's headers, timestamp and lengths may add to its key and value. */
const overhead = 2_000;

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
    let position = leadership.position;
    let failures = 0;
    try {
      while (!stopping && !leadership.lost.aborted) {
        try {
          const page = await readPage(pool, { after: position, limit: pageSize });
          const reached = await publish(page.events, leadership, facts);
          if (failures > 0) logger.info({ position: reached }, 'the relay to Kafka goes on');
          failures = 0;
          position = Math.max(position, reached);
          if (page.events.length === 0) await wake.wait(pollMilliseconds);
        } catch (error) {
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
      await leadership.release().catch(() => {});
    }
  }

  /** Sends a page in parts that a topic takes, each recorded before the next is sent. Answers how far it came. */
  async function publish(page: RecordedEvent[], leadership: Leadership, facts: TicketFacts): Promise<number> {
    const known = await facts.of(page);
    let reached = 0;
    let part = createPart();
    const flush = async () => {
      if (part.last === 0) return;
      const started = performance.now();
      leadership.lost.throwIfAborted();
      await sender.send(part.topics(topicPrefix), leadership.lost);
      if (!(await leadership.advance(part.last))) return;
      reached = part.last;
      observer.onSent?.(part.messages, (performance.now() - started) / 1_000, reached);
      part = createPart();
    };
    for (const event of page) {
      const message = encodeMessage(event, known.get(event.position) ?? null);
      const size = Buffer.byteLength(message.value) + message.key.length * 2 + overhead;
      const topics = topicsOfEvent(event).filter((topic) => size <= limitOf(topic));
      if (topics.length < topicsOfEvent(event).length) {
        observer.onOversized?.();
        logger.error(
          { position: event.position, stream: event.streamId, bytes: size },
          'an event is larger than its topic takes; consumers read it from PostgreSQL',
        );
      }
      if (part.bytes + size > sendBytes) await flush();
      part.add(event.position, message, topics, size);
    }
    await flush();
    return reached;
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

const limits = new Map(
  topicDefinitions.map(({ name, settings }) => [name, Number(settings['max.message.bytes'])]),
);
const limitOf = (topic: (typeof topicDefinitions)[number]['name']) => limits.get(topic) ?? 0;

/** What is sent at once. */
function createPart() {
  const byTopic = new Map<string, TopicMessages['messages']>();
  const part = {
    last: 0,
    bytes: 0,
    messages: 0,
    add(position: number, message: ReturnType<typeof encodeMessage>, topics: string[], size: number) {
      for (const topic of topics) {
        const known = byTopic.get(topic);
        if (known === undefined) byTopic.set(topic, [message]);
        else known.push(message);
      }
      part.last = position;
      part.bytes += size;
      part.messages += topics.length;
    },
    topics: (prefix: string): TopicMessages[] =>
      [...byTopic].map(([topic, messages]) => ({ topic: `${prefix}${topic}`, messages })),
  };
  return part;
}
