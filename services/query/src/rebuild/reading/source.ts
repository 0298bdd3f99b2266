import { typesReadWithoutData } from '@ringback/domain/ticket';
import { publishedPosition, readHistories, readTopic, type StoredEvent } from '@ringback/event-log';
import type { Pool } from 'pg';
import type { HistorySource, ReadOptions } from './history-source.ts';
import { oneAhead } from './one-ahead.ts';
import { divideIntoHistories } from './shares.ts';

/** Where the log is read back from. */
export const sourceNames = ['postgres', 'kafka'] as const;
export type SourceName = (typeof sourceNames)[number];

/** The brokers of the log's topics. */
export interface KafkaSource {
  brokers: string[];
  topicPrefix: string;
}

class BrokersNeeded extends Error {
  constructor() {
    super('KAFKA_BROKERS is needed to read the log back from Kafka: host:port, several with commas.');
    this.name = 'BrokersNeeded';
  }
}

/** What PostgreSQL can sort in the memory that it is given for it, about; two such sorts are under way. */
const eventsOfSort = 600_000;
const sortKilobytes = 262_144;
/** Each reads the whole log once more; what is larger is sorted on disk. */
const mostSorts = 8;

/** Throws `BrokersNeeded`. */
export function openSource(name: SourceName, pool: Pool, kafka: KafkaSource | null): HistorySource {
  if (name === 'postgres') return (options) => readSorted(pool, options);
  const brokers = brokersOf(kafka);
  return sourceOfPages(({ part }) => readTopic({ ...brokers, category: 'ticket', part, once: false }));
}

/** The next sort is under way while what came of the one before is folded. */
function readSorted(
  pool: Pool,
  { until, part: { index, of } }: ReadOptions,
): AsyncGenerator<StoredEvent[][]> {
  const sorts = Math.min(mostSorts, Math.max(1, Math.ceil(until / eventsOfSort)));
  const read = (nth: number) =>
    readHistories(pool, {
      category: 'ticket',
      until,
      part: { index: index + nth * of, of: of * sorts },
      withoutData: typesReadWithoutData,
      sortKilobytes: Math.floor(sortKilobytes / of),
    });
  return oneAhead(Array.from({ length: sorts }, (_, nth) => () => read(nth)));
}

/**
 * The position up to which a source holds everything; what comes after is caught up with from PostgreSQL. Throws
 * `BrokersNeeded`; rejects when no broker answers.
 */
export async function positionHeld(name: SourceName, pool: Pool, kafka: KafkaSource | null): Promise<number> {
  return name === 'postgres' ? Number.POSITIVE_INFINITY : await publishedPosition(pool, brokersOf(kafka));
}

function brokersOf(kafka: KafkaSource | null): KafkaSource {
  if (kafka === null || kafka.brokers.length === 0) throw new BrokersNeeded();
  return kafka;
}

/** A source of what comes in pages of events, such as Kafka's: in any order, and each event at least once. */
export function sourceOfPages(
  pages: (options: ReadOptions) => AsyncIterable<readonly StoredEvent[]>,
): HistorySource {
  return (options) => divideIntoHistories(pages(options), options);
}
