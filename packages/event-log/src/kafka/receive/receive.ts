import { setTimeout as sleep } from 'node:timers/promises';
import { pauseAfter } from '@ringback/worker';
import type { Pool } from 'pg';
import type { Logger, RecordedEvent } from '../../port.ts';
import type { ReceivedBatch, ReceivedMessage } from '../client/reader.ts';
import { decodeMessage, ForeignMessage } from '../message.ts';
import type { KafkaObserver } from '../observer.ts';
import { type Foreign, storeForeignMessages } from './foreign-messages.ts';

export interface ReceiverOptions {
  pool: Pool;
  schema: string;
  name: string;
  logger: Logger;
  observer: KafkaObserver;
  batchSize: number;
  /** Known without asking the database. */
  isApplied(event: RecordedEvent): boolean;
  /** Resolves with what the log cannot place; rejects when the database cannot be reached. */
  apply(events: RecordedEvent[]): Promise<RecordedEvent[]>;
}

/** A heartbeat is due about this often, milliseconds, however long the database takes. */
const heartbeatMilliseconds = 1_000;
const backOff = { first: 50, longest: 2_000 };

/**
 * Takes a partition's messages in parts: applied and committed in PostgreSQL first, then given as done to Kafka.
 * Never throws for what a message holds or the database does; only when the group is rebalanced, to let go.
 */
export function createReceiver(options: ReceiverOptions): (batch: ReceivedBatch) => Promise<void> {
  const { pool, schema, name, logger, observer, batchSize, isApplied, apply } = options;

  return async function receive(batch) {
    for (let at = 0; at < batch.messages.length && batch.isCurrent(); at += batchSize) {
      const part = batch.messages.slice(at, at + batchSize);
      if (!(await take(part, batch))) return;
      batch.done((part[part.length - 1] as ReceivedMessage).offset);
      await batch.heartbeat();
    }
  };

  /** False when the batch is not ours any more. */
  async function take(part: ReceivedMessage[], batch: ReceivedBatch): Promise<boolean> {
    const { events, foreign } = decode(part);
    const fresh = [...events.keys()].filter((event) => !isApplied(event));
    if (fresh.length < events.size) observer.onIgnored?.(name, events.size - fresh.length);
    for (let failures = 0; batch.isCurrent(); failures += 1) {
      try {
        const unknown = fresh.length === 0 ? [] : await whileBeating(apply(fresh), batch);
        const strange = unknown.flatMap((event) => {
          const message = events.get(event);
          return message === undefined ? [] : [{ message, reason: notOfThisLog }];
        });
        await record([...foreign, ...strange], batch);
        return true;
      } catch (error) {
        if (error instanceof LetGo) throw error.cause;
        if (failures === 0)
          logger.error({ subscription: name, err: error }, 'a batch cannot be applied; it is tried again');
        await whileBeating(sleep(pauseAfter(failures + 1, backOff)), batch).catch(rethrowCause);
      }
    }
    return false;
  }

  async function record(foreign: Foreign[], { topic, partition }: ReceivedBatch): Promise<void> {
    if (foreign.length === 0) return;
    await storeForeignMessages(pool, schema, name, { topic, partition }, foreign);
    observer.onForeign?.(name, foreign.length);
    logger.warn(
      { subscription: name, topic, partition, messages: foreign.length, reason: foreign[0]?.reason },
      `messages of another kind are in the topic; they are kept in ${schema}.foreign_messages`,
    );
  }
}

const notOfThisLog = 'the log does not have what comes before it in its stream';

/** The group is rebalanced: the library must hear of it. */
class LetGo extends Error {}

function rethrowCause(error: unknown): never {
  throw error instanceof LetGo ? error.cause : error;
}

/** Keeps the membership while something takes its time. */
async function whileBeating<T>(work: Promise<T>, batch: ReceivedBatch): Promise<T> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  work.then(done, done);
  for (;;) {
    const beat = new AbortController();
    await Promise.race([
      work.then(done, done),
      sleep(heartbeatMilliseconds, undefined, { signal: beat.signal }).catch(() => {}),
    ]);
    beat.abort();
    if (isDone) return await work;
    try {
      await batch.heartbeat();
    } catch (error) {
      throw new LetGo('the group is rebalanced', { cause: error });
    }
  }
}

function decode(part: ReceivedMessage[]): {
  events: Map<RecordedEvent, ReceivedMessage>;
  foreign: Foreign[];
} {
  const events = new Map<RecordedEvent, ReceivedMessage>();
  const foreign: Foreign[] = [];
  for (const message of part) {
    try {
      events.set(decodeMessage(message), message);
    } catch (error) {
      if (!(error instanceof ForeignMessage)) throw error;
      foreign.push({ message, reason: error.message });
    }
  }
  return { events, foreign };
}
