import { createLoop } from '@ringback/worker';
import type { Pool, PoolClient } from 'pg';
import { callListener } from '../call-listener.ts';
import { isTransientFault } from '../errors.ts';
import type { Logger, LogSubscription, RecordedEvent, SubscriptionOptions } from '../port.ts';
import { lagOf } from '../read/lag.ts';
import { type Page, readPage, upcast } from '../read/reader.ts';
import { inTransaction } from '../transaction.ts';
import type { Upcasters } from '../upcasters.ts';
import { createAppliedVersions } from './applied-versions.ts';
import { type Checkpoint, createCheckpoint } from './checkpoint.ts';
import { createInHand, endedProcess } from './in-hand.ts';
import { createParking } from './parking.ts';
import { replay } from './replay.ts';
import { createWaiters } from './waiters.ts';

const defaultBatchSize = 1_000;
/** Polling is the truth, notification a hint: this is how late a lost one can make us, milliseconds. */
const pollMilliseconds = 1_000;
/** Foreign events move the position in memory; the checkpoint follows after this many of them. */
const foreignEventsKept = 5_000;
const stuckAfterMilliseconds = 30_000;
const backOff = { first: 100, longest: 5_000 };

export interface SubscriptionDependencies {
  pool: Pool;
  /** What somebody waits for: lag and parked streams; `pool` when absent. */
  lookups?: Pool;
  upcasters: Upcasters;
  logger: Logger;
  onAppended(listener: () => void): () => void;
}

/** A subscription on PostgreSQL: reads after its checkpoint, applies, commits both, and waits for more. */
export function createSubscription(
  options: SubscriptionOptions,
  { pool, lookups = pool, upcasters, logger, onAppended }: SubscriptionDependencies,
): LogSubscription {
  const { name, schema, category, batchSize = defaultBatchSize, debounce = 0, handle, onCommitted } = options;
  const checkpoint: Checkpoint = createCheckpoint(pool, schema, name);
  const parking = createParking(lookups, schema, name);
  const applied = createAppliedVersions(schema, name);
  const inHand = createInHand(pool, schema, name);
  const waiters = createWaiters();
  let unsubscribe = () => {};
  /** What is committed in the checkpoint, and how far this process has seen beyond it without anything of its own. */
  let persisted = 0;
  let position = 0;
  let head = 0;
  let movedAt = performance.now();

  function advance(to: number): void {
    if (to > position) {
      position = to;
      movedAt = performance.now();
    }
    inHand.passed(position);
    waiters.reached(position);
  }

  /** By `performance.now()`. */
  let notBefore = 0;

  const loop = createLoop({
    async turn() {
      const early = notBefore - performance.now();
      if (early > 0) return early;
      return (await pass()) ? 0 : pollMilliseconds;
    },
    gather: () => debounce,
    backOff,
    onError(error, failures) {
      if (failures === 1)
        logger.error({ subscription: name, err: error }, 'subscription fails; it tries again');
    },
    onRecovered: () => logger.info({ subscription: name }, 'subscription goes on'),
  });

  /** One page. True when there is more to read at once. */
  async function pass(): Promise<boolean> {
    const page: Page = await readPage(pool, { after: position, limit: batchSize, category });
    head = Math.max(head, page.head);
    const { events } = page;
    const last = events[events.length - 1];
    if (last === undefined) {
      if (page.head - persisted > foreignEventsKept) await skip(page.head);
      else advance(page.head);
      return false;
    }
    for (const lot of inHand.lotsOf(events)) if (!(await apply(lot))) return true;
    if (events.length < batchSize) advance(page.head);
    return events.length === batchSize;
  }

  async function skip(to: number): Promise<void> {
    const moved = await inTransaction(pool, (transaction) => checkpoint.move(transaction, persisted, to));
    if (moved) {
      persisted = to;
      advance(to);
    } else await reload();
  }

  /** Another instance has moved the checkpoint: what it did is done. */
  async function reload(): Promise<void> {
    persisted = await checkpoint.load(0);
    position = persisted;
    advance(persisted);
  }

  async function apply(events: RecordedEvent[]): Promise<boolean> {
    if (inHand.endsProcess(events)) return await park(events[0] as RecordedEvent, new Error(endedProcess));
    const last = events[events.length - 1] as RecordedEvent;
    try {
      return await commit(events, last.position, (transaction, free) =>
        free.length === 0
          ? Promise.resolve()
          : handle(
              free.map((event) => upcast(event, upcasters)),
              transaction,
            ),
      );
    } catch (error) {
      if (isTransientFault(error) || loop.stopping) throw error;
      logger.warn({ subscription: name, err: error }, 'a batch failed; its events are tried one by one');
      return await applySingly(events);
    }
  }

  async function applySingly(events: RecordedEvent[]): Promise<boolean> {
    for (const event of events) {
      try {
        const done = await commit([event], event.position, (transaction, free) =>
          free.length === 0 ? Promise.resolve() : handle([upcast(event, upcasters)], transaction),
        );
        if (!done) return false;
      } catch (error) {
        if (isTransientFault(error)) throw error;
        if (!(await park(event, error))) return false;
      }
    }
    return true;
  }

  async function park(event: RecordedEvent, error: unknown): Promise<boolean> {
    const message = error instanceof Error ? error.message : String(error);
    logger.error(
      { subscription: name, stream: event.streamId, position: event.position, err: error },
      'an event cannot be processed; its stream is parked',
    );
    return await commit([event], event.position, (transaction, free) =>
      parking.park(transaction, free, message),
    );
  }

  /**
   * Moves the checkpoint, leaves out what was applied from Kafka ahead of it, lets parked streams' events wait, applies
   * the others: all or nothing.
   */
  async function commit(
    page: RecordedEvent[],
    to: number,
    effect: (transaction: PoolClient, free: RecordedEvent[]) => Promise<void>,
  ): Promise<boolean> {
    await inHand.begin(page);
    const moved = await inTransaction(pool, async (transaction) => {
      await inHand.end(transaction, page);
      if (!(await checkpoint.move(transaction, persisted, to))) return false;
      const ahead = await applied.read(transaction, [...new Set(page.map(({ streamId }) => streamId))]);
      if (ahead.size > 0) await applied.forget(transaction, to);
      const events = page.filter(({ streamId, version }) => version > (ahead.get(streamId) ?? 0));
      const parked = await parking.streams(transaction);
      const waiting = parked.size === 0 ? [] : events.filter(({ streamId }) => parked.has(streamId));
      if (waiting.length > 0)
        await parking.park(transaction, waiting, 'waits behind an earlier event of its stream');
      await effect(
        transaction,
        parked.size === 0 ? events : events.filter(({ streamId }) => !parked.has(streamId)),
      );
      return true;
    });
    if (!moved) {
      await reload();
      return false;
    }
    persisted = to;
    advance(to);
    if (onCommitted !== undefined) callListener(onCommitted, logger, to);
    return true;
  }

  return {
    name,
    async start() {
      const { rows } = await pool.query<{ position: string }>('select position from log.head');
      head = Number(rows[0]?.position ?? 0);
      persisted = await checkpoint.load(options.from === 'head' ? head : 0);
      position = persisted;
      movedAt = performance.now();
      await inHand.load(head);
      notBefore = performance.now() + inHand.pause();
      unsubscribe = onAppended(loop.wake);
      void loop.start();
    },
    async stop() {
      unsubscribe();
      await loop.stop();
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
      loop.wake();
      return waiters.wait(wanted, timeout);
    },
    parked: () => parking.list(),
    replay: (streamId) => replay(streamId, { pool, upcasters, checkpoint, parking, handle }),
  };
}
