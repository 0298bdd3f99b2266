import { setTimeout as sleep } from 'node:timers/promises';
import { pauseAfter } from '@ringback/worker';
import type { Logger } from '../../port.ts';
import type { KafkaClient } from './client.ts';
import { withDeadline } from './deadline.ts';
import type { Consumer, EachBatchPayload } from './kafkajs.ts';
import { createOffsets, type Offsets } from './offsets.ts';

export interface ReceivedMessage {
  offset: string;
  key: Buffer | null;
  value: Buffer | null;
}

/** Messages of one partition, in order. */
export interface ReceivedBatch {
  topic: string;
  partition: number;
  messages: ReceivedMessage[];
  /** True while this consumer may go on with the batch. */
  isCurrent(): boolean;
  /** Keeps the membership of the group. Throws when the group is rebalanced: then the batch is to be left. */
  heartbeat(): Promise<void>;
  /** Everything up to this offset is done; it is committed within a second. */
  done(offset: string): void;
}

export interface ReaderOptions {
  client: KafkaClient;
  group: string;
  topics: string[];
  logger: Logger;
  /** Of several partitions at a time, of one partition one batch after another. Faults of its own it must not throw. */
  onBatch(batch: ReceivedBatch): Promise<void>;
  /** The group was shared out: this member has its partitions, for the first time or again. */
  onJoined?(): void;
  onCrash?(error: Error): void;
  timings?: Partial<ReaderTimings>;
}

/** Milliseconds. */
export interface ReaderTimings {
  /** After this without a heartbeat a member's partitions go to the others. */
  session: number;
  /** How soon a member learns that the group is rebalanced. */
  heartbeat: number;
  /** How long a fetch waits for messages, and a stop for a fetch. */
  fetch: number;
  /** A consumer that has fetched nothing for so long, not even emptiness, is taken for dead. */
  stall: number;
}

export interface Reader {
  start(): void;
  stop(): Promise<void>;
}

const backOff = { first: 200, longest: 5_000 };
const defaultTimings: ReaderTimings = { session: 15_000, heartbeat: 1_000, fetch: 300, stall: 60_000 };
const partitionsAtOnce = 12;
const offsetMilliseconds = 1_000;
const bytesPerPartition = 512 * 1024;

/**
 * A member of a consumer group that is made again whenever it ends by itself: the library restarts some failures indefinitely
 * without a word and others never.
 */
export function createReader(options: ReaderOptions): Reader {
  const { client, group, topics, logger, onBatch } = options;
  const timings = { ...defaultTimings, ...options.timings };
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures += 1) {
      const started = performance.now();
      try {
        await live();
      } catch (error) {
        if (performance.now() - started > timings.stall) failures = 0;
        // The first time is part of a healthy life: a coordinator that still loads ends this library's consumers.
        if (failures === 1) logger.warn({ group, err: error }, 'a consumer has ended; it is made again');
        options.onCrash?.(error as Error);
      }
      await sleep(pauseAfter(failures + 1, backOff), undefined, { signal: stopping.signal }).catch(() => {});
    }
  }

  /** One consumer's life. Rejects when it ends by itself. */
  async function live(): Promise<void> {
    const consumer = client.kafka.consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      sessionTimeout: timings.session,
      heartbeatInterval: timings.heartbeat,
      rebalanceTimeout: timings.session * 2,
      maxWaitTimeInMs: timings.fetch,
      maxBytesPerPartition: bytesPerPartition,
      retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000, restartOnFailure: async () => false },
    });
    const ended = Promise.withResolvers<void>();
    const offsets = createOffsets((done) => consumer.commitOffsets(done));
    const stop = () => ended.resolve();
    stopping.signal.addEventListener('abort', stop);
    let seenAt = performance.now();
    consumer.on(consumer.events.FETCH, () => {
      seenAt = performance.now();
    });
    consumer.on(consumer.events.END_BATCH_PROCESS, () => {
      seenAt = performance.now();
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      seenAt = performance.now();
      offsets.forget();
      logger.info({ group, partitions: payload.memberAssignment }, 'a consumer group was shared out');
      options.onJoined?.();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => ended.reject(payload.error));
    const watchdog = setInterval(() => {
      if (performance.now() - seenAt > timings.stall)
        ended.reject(new Error('the consumer fetches nothing any more'));
    }, timings.stall / 4);
    const committing = setInterval(() => void offsets.commit(), offsetMilliseconds);
    ended.promise.catch(() => {});
    try {
      const begun = begin(consumer, offsets);
      await Promise.race([withDeadline(begun, client.deadline * 3, 'a consumer'), ended.promise]);
      await ended.promise;
    } finally {
      clearInterval(watchdog);
      clearInterval(committing);
      stopping.signal.removeEventListener('abort', stop);
      if (stopping.signal.aborted)
        await withDeadline(offsets.commit(), client.deadline, 'offsets').catch(() => {});
      const left = withDeadline(consumer.disconnect(), client.deadline, 'a consumer').catch((error) =>
        logger.warn({ group, err: error }, 'a consumer does not end; it is left alone'),
      );
      // The next one need not wait for it: should it still apply something, versions see to the order.
      if (stopping.signal.aborted) await left;
    }
  }

  async function begin(consumer: Consumer, offsets: Offsets): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: true });
    if (stopping.signal.aborted) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: partitionsAtOnce,
      eachBatch: (payload) => onBatch(receive(payload, offsets)),
    });
  }

  return {
    start: () => {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function receive(payload: EachBatchPayload, offsets: Offsets): ReceivedBatch {
  const { batch, heartbeat, resolveOffset, isRunning, isStale } = payload;
  const { topic, partition } = batch;
  return {
    topic,
    partition,
    messages: batch.messages,
    isCurrent: () => isRunning() && !isStale(),
    heartbeat,
    done(offset) {
      resolveOffset(offset);
      offsets.done(topic, partition, offset);
    },
  };
}
