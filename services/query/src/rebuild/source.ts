import { exportEventLines, type StoredEvent, writeEventLine } from '@ringback/event-log';
import type { Pool } from 'pg';

/** Where the log is read back from. */
export const sourceNames = ['postgres', 'kafka'] as const;
export type SourceName = (typeof sourceNames)[number];

/**
 * All tickets' events up to a position, as lines of text (`writeEventLine`), in chunks that may end within a line. In
 * any order, and each at least once: they are put in order, ticket by ticket, where they are folded.
 */
export type EventSource = (until: number) => AsyncIterable<Buffer>;

/** This release cannot read the log back from there. */
class SourceUnavailable extends Error {
  constructor(source: SourceName) {
    super(
      `The log cannot be read back from ${source === 'kafka' ? 'Kafka' : source} yet; PostgreSQL holds all of it: use --from postgres.`,
    );
    this.name = 'SourceUnavailable';
  }
}

/** Throws `SourceUnavailable`. */
export function openSource(name: SourceName, pool: Pool): EventSource {
  if (name !== 'postgres') throw new SourceUnavailable(name);
  return (until) => exportEventLines(pool, { category: 'ticket', until });
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
