import {
  exportEventLines,
  publishedPosition,
  readTopic,
  type StoredEvent,
  writeEventLine,
} from '@ringback/event-log';
import type { Pool } from 'pg';

/** Where the log is read back from. */
export const sourceNames = ['postgres', 'kafka'] as const;
export type SourceName = (typeof sourceNames)[number];

/**
 * All tickets' events up to a position, as lines of text (`writeEventLine`), in chunks that may end within a line. In
 * any order, and each at least once: they are put in order, ticket by ticket, where they are folded.
 */
export type EventSource = (until: number) => AsyncIterable<Buffer>;

/** The brokers of the log's topics. */
export interface KafkaSource {
  brokers: string[];
  topicPrefix: string;
}

export interface OpenedSource {
  read: EventSource;
  /** The position up to which it holds everything; what comes after is caught up with from PostgreSQL. */
  holdsUntil: number;
}

class BrokersNeeded extends Error {
  constructor() {
    super('KAFKA_BROKERS is needed to read the log back from Kafka: host:port, several with commas.');
    this.name = 'BrokersNeeded';
  }
}

/** Throws `BrokersNeeded`; rejects when no broker answers. */
export async function openSource(
  name: SourceName,
  pool: Pool,
  kafka: KafkaSource | null,
): Promise<OpenedSource> {
  if (name === 'postgres')
    return {
      read: (until) => exportEventLines(pool, { category: 'ticket', until }),
      holdsUntil: Number.POSITIVE_INFINITY,
    };
  if (kafka === null || kafka.brokers.length === 0) throw new BrokersNeeded();
  return {
    read: sourceOfPages(() => readTopic({ ...kafka, category: 'ticket' })),
    holdsUntil: await publishedPosition(pool, kafka),
  };
}

/** A source of what comes in pages of events, such as Kafka's. */
export function sourceOfPages(pages: (until: number) => AsyncIterable<readonly StoredEvent[]>): EventSource {
  return async function* read(until) {
    for await (const events of pages(until)) {
      const free = events.filter(({ position }) => position <= until);
      yield Buffer.from(free.map(writeEventLine).join(''));
    }
  };
}
