import { setTimeout as delay } from 'node:timers/promises';
import { createLoop } from '@ringback/worker';
import type { Pool } from 'pg';
import { callListener } from '../../call-listener.ts';
import { categories, categoryNames } from '../../categories.ts';
import type { Logger, LogSubscription, RecordedEvent, SubscriptionOptions } from '../../port.ts';
import { lagOf } from '../../read/lag.ts';
import { createAppliedVersions } from '../../subscribe/applied-versions.ts';
import { createCheckpoint } from '../../subscribe/checkpoint.ts';
import { createInHand } from '../../subscribe/in-hand.ts';
import { createParking } from '../../subscribe/parking.ts';
import { replay } from '../../subscribe/replay.ts';
import { createWaiters } from '../../subscribe/waiters.ts';
import type { Upcasters } from '../../upcasters.ts';
import type { KafkaClient } from '../client/client.ts';
import { createReader, type ReaderTimings } from '../client/reader.ts';
import type { KafkaObserver } from '../observer.ts';
import { topicOfCategory } from '../topics/topics.ts';
import { createApplier } from './apply.ts';
import { createBatchingQueue } from './batching-queue.ts';
import { createReceiver } from './receive.ts';
import { createWatermark, type Look } from './watermark.ts';

export interface KafkaSubscriptionDependencies {
  pool: Pool;
  /** What somebody waits for: lag and parked streams; `pool` when absent. */
  lookups?: Pool;
  upcasters: Upcasters;
  logger: Logger;
  onAppended(listener: () => void): () => void;
  client: KafkaClient;
  topicPrefix: string;
  observer?: KafkaObserver;
  /** What Kafka has not brought after so long is read from PostgreSQL, milliseconds. Default 5,000. */
  sweepAfter?: number;
  timings?: Partial<ReaderTimings>;
}

const defaultBatchSize = 1_000;
const defaultSweepAfter = 5_000;
const stuckAfterMilliseconds = 30_000;
/** How late this process can learn what another one has applied: while somebody waits for it, while not, at rest. */
const pollMilliseconds = { awaited: 10, behind: 100, idle: 1_000 };
const gatherMilliseconds = 20;
const backOff = { first: 100, longest: 5_000 };

/**
 * A subscription fed by Kafka, of which all instances of a service share the partitions. Kafka is how the log travels:
 * what is applied, and in which order, is decided by versions in PostgreSQL, and what Kafka does not bring is read there.
 */
export function createKafkaSubscription(
  options: SubscriptionOptions,
  dependencies: KafkaSubscriptionDependencies,
): LogSubscription {
  const { name, schema, category, batchSize = defaultBatchSize, debounce = 0, handle, onCommitted } = options;
  const {
    pool,
    lookups = pool,
    upcasters,
    logger,
    client,
    topicPrefix,
    observer = {},
    onAppended,
  } = dependencies;
  const { sweepAfter = defaultSweepAfter } = dependencies;
  const checkpoint = createCheckpoint(pool, schema, name);
  const parking = createParking(lookups, schema, name);
  const applied = createAppliedVersions(schema, name);
  const inHand = createInHand(pool, schema, name);
  const watermark = createWatermark({ pool, schema, name, category, applied });
  const waiters = createWaiters();
  const applyEvents = createApplier({
    pool,
    schema,
    name,
    checkpoint,
    applied,
    parking,
    inHand,
    upcasters,
    logger,
    handle,
    // What has one partition may rely on the order over its streams.
    isAlone: category === undefined || categories[category].topic.partitions === 1,
  });
  const queue = createBatchingQueue({ batchSize, debounce, apply });
  let position = 0;
  let head = 0;
  let movedAt = performance.now();
  let unsubscribe = () => {};
  let stuck = { at: 0, since: performance.now() };

  function tell(committed: number): void {
    if (onCommitted !== undefined) callListener(onCommitted, logger, committed);
  }

  /** Answers with those that the log cannot place. */
  async function apply(events: RecordedEvent[]): Promise<RecordedEvent[]> {
    const outcome = await applyEvents(events);
    if (outcome.ignored > 0) observer.onIgnored?.(name, outcome.ignored);
    if (outcome.filled > 0) {
      observer.onReadFromLog?.(name, 'gap', outcome.filled);
      logger.warn(
        { subscription: name, events: outcome.filled },
        'Kafka left out versions of a stream; they were read from PostgreSQL',
      );
    }
    if (outcome.position > 0) {
      tell(outcome.position);
      loop.wake();
    }
    return outcome.unknown;
  }

  const reader = createReader({
    client,
    group: `${topicPrefix}${name}`,
    topics: (category === undefined ? categoryNames : [category]).map((each) =>
      topicOfCategory(topicPrefix, each),
    ),
    logger,
    onBatch: createReceiver({
      pool,
      schema,
      name,
      logger,
      observer,
      batchSize,
      isApplied: (event) => event.position <= position,
      apply: queue.apply,
    }),
    onJoined: () => observer.onRebalance?.(name),
    onCrash: () => observer.onCrash?.(name),
    ...(dependencies.timings === undefined ? {} : { timings: dependencies.timings }),
  });

  /** Follows what all instances have applied, and applies what none of them was brought. */
  const loop = createLoop({
    async turn() {
      const look = await watermark.look();
      advance(look);
      if (look.more || (await sweep(look))) return 0;
      const behind = waiters.any() ? pollMilliseconds.awaited : pollMilliseconds.behind;
      return position < head ? behind : pollMilliseconds.idle;
    },
    // Each append wakes; one look may take in many.
    gather: () => (waiters.any() ? 0 : gatherMilliseconds),
    backOff,
    onError(error, failures) {
      if (failures === 1)
        logger.error({ subscription: name, err: error }, 'subscription fails; it tries again');
    },
  });

  function advance(look: Look): void {
    head = look.head;
    if (look.first?.position !== stuck.at)
      stuck = { at: look.first?.position ?? 0, since: performance.now() };
    const before = position;
    position = Math.max(position, look.position);
    if (position > before) {
      movedAt = performance.now();
    }
    // What another instance has applied is news too. In the queue, so that it is not told amid a batch of our own.
    if (look.news) void queue.run(async () => tell(position));
    inHand.passed(position);
    waiters.reached(position);
  }

  /** True when something was swept. Only what stands still: a backlog that Kafka is bringing is left to it. */
  async function sweep({ first }: Look): Promise<boolean> {
    if (first === null || first.age * 1_000 < sweepAfter) return false;
    if (performance.now() - stuck.since < sweepAfter) return false;
    return await queue.run(async () => {
      const events = await watermark.overdue(sweepAfter, batchSize);
      if (events.length === 0) return false;
      observer.onReadFromLog?.(name, 'sweep', events.length);
      logger.warn(
        { subscription: name, events: events.length, position: events[0]?.position },
        'Kafka did not bring events in time; they are read from PostgreSQL',
      );
      await apply(events);
      return true;
    });
  }

  return {
    name,
    async start() {
      const { rows } = await pool.query<{ position: string }>('select position from log.head');
      head = Number(rows[0]?.position ?? 0);
      position = await checkpoint.load(options.from === 'head' ? head : 0);
      movedAt = performance.now();
      await inHand.load(head);
      // Nothing is applied before the pause is over.
      const pause = inHand.pause();
      if (pause > 0) void queue.run(() => delay(pause));
      unsubscribe = onAppended(loop.wake);
      void loop.start();
      reader.start();
    },
    async stop() {
      unsubscribe();
      const followed = loop.stop();
      await reader.stop();
      await followed;
      await queue.idle();
      await inHand
        .release()
        .catch((error: unknown) =>
          logger.warn({ subscription: name, err: error }, 'what was in hand could not be given back'),
        );
      waiters.giveUp();
    },
    position: () => position,
    lag: () => lagOf(lookups, position),
    healthy: () => position >= head || performance.now() - movedAt < stuckAfterMilliseconds,
    whenProcessed: (wanted, timeout) => {
      if (position >= wanted) return Promise.resolve(true);
      const processed = waiters.wait(wanted, timeout);
      loop.wake();
      return processed;
    },
    parked: () => parking.list(),
    replay: (streamId) => queue.run(() => replay(streamId, { pool, upcasters, checkpoint, parking, handle })),
  };
}
