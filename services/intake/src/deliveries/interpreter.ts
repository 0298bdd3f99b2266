import { randomUUID } from 'node:crypto';
import { adapters } from '@ringback/adapters';
import { presumeEnded } from '@ringback/domain/phone';
import { inTransaction, isTransientFault } from '@ringback/event-log';
import type { ServiceContext } from '@ringback/service-kit';
import { createLoop } from '@ringback/worker';
import type { ReferenceNumbers } from '../open-ticket/reference-numbers.ts';
import { findStaleCalls, saveCall } from '../sources/calls/call-store.ts';
import { handleCallEvent } from '../sources/calls/handle-call.ts';
import {
  finishDelivery,
  leaseDeliveries,
  lockDelivery,
  longestDetail,
  mostUnfinishedTries,
  releaseDeliveries,
  type StoredDelivery,
  setDeliveryAside,
} from './delivery-store.ts';
import { defaultSettings, type InterpreterSettings } from './interpreter-settings.ts';

/** A delivery that cannot be understood; it waits to be looked at and replayed. */
class DeliveryNotUnderstood extends Error {}

export interface Interpreter {
  start(): void;
  stop(): Promise<void>;
  /** Something was stored. */
  wake(): void;
}

const pollMilliseconds = 1_000;
const backOff = { first: 1_000, longest: 5_000 };
const batchSize = 10;
const maximumAttempts = 6;
const staleCallHours = 4;
const sweepMilliseconds = 60_000;
const endedProcess = `interpreting it ended the process ${mostUnfinishedTries} times`;

/**
 * Interprets stored deliveries in the order of their arrival: what a phone system was answered for is in the table, so
 * a fault here costs time, never a call. A try is counted before it is made. A delivery whose tries have three times
 * not ended, because the process did, is set aside, and those behind it go on.
 */
export function createInterpreter(
  context: ServiceContext,
  references: ReferenceNumbers,
  { lease, suspectsAfter }: InterpreterSettings = defaultSettings,
): Interpreter {
  const { pool, logger } = context;
  const owner = randomUUID();
  /** Leased here, and no outcome recorded yet. */
  const held = new Set<number>();
  let startedAt = Number.POSITIVE_INFINITY;
  let sweeper: NodeJS.Timeout | undefined;
  const loop = createLoop({
    turn: async () => {
      await releaseHeld();
      return (await interpretNext()) ? 0 : pollMilliseconds;
    },
    backOff,
    onError: (error) =>
      logger.error({ err: error }, 'deliveries cannot be interpreted just now; trying again'),
  });

  /** What a lost connection or the end of the service has left: its tries do not count. */
  async function releaseHeld(): Promise<void> {
    if (held.size === 0) return;
    await releaseDeliveries(pool, [...held], owner);
    held.clear();
  }

  /** One batch. False when nothing was due. */
  async function interpretNext(): Promise<boolean> {
    const withSuspects = performance.now() - startedAt >= suspectsAfter;
    const wanted = { owner, milliseconds: lease, limit: batchSize, withSuspects };
    const leased = await leaseDeliveries(pool, wanted);
    for (const { id } of leased) held.add(id);
    for (const delivery of leased) {
      if (loop.stopping) break;
      if (await take(delivery)) held.delete(delivery.id);
    }
    return leased.length > 0;
  }

  /** False when another has taken it, because the lease ran out. */
  async function take(delivery: StoredDelivery): Promise<boolean> {
    if (delivery.unfinishedBefore >= mostUnfinishedTries) {
      logger.error(
        { delivery: delivery.id, integration: delivery.integrationId, adapter: delivery.adapter },
        `a delivery is set aside: ${endedProcess}`,
      );
      await setDeliveryAside(pool, delivery.id, endedProcess);
      return true;
    }
    try {
      return await inTransaction(pool, async (transaction) => {
        if (!(await lockDelivery(transaction, delivery.id, owner))) return false;
        await interpret(delivery, transaction);
        await finishDelivery(transaction, delivery.id, 'done', null);
        return true;
      });
    } catch (error) {
      if (isTransientFault(error)) throw error;
      await fail(delivery, error);
      return true;
    }
  }

  async function interpret(
    delivery: StoredDelivery,
    transaction: Parameters<typeof handleCallEvent>[3],
  ): Promise<void> {
    const integration = context.directory.integration(delivery.integrationId);
    const adapter = Object.hasOwn(adapters, delivery.adapter) ? adapters[delivery.adapter] : undefined;
    if (integration === null || adapter === undefined)
      throw new DeliveryNotUnderstood('its integration is gone');
    const events = await adapter.normalise(delivery).catch((error: Error) => {
      throw new DeliveryNotUnderstood(error.message);
    });
    for (const event of events) {
      await handleCallEvent(event, delivery.receivedAt, { context, references, integration }, transaction);
    }
  }

  async function fail({ id, attempts }: StoredDelivery, error: unknown): Promise<void> {
    const detail = (error instanceof Error ? error.message : String(error)).slice(0, longestDetail);
    const final = error instanceof DeliveryNotUnderstood || attempts >= maximumAttempts;
    logger.warn({ delivery: id, detail, final }, 'a delivery could not be interpreted');
    await finishDelivery(pool, id, final ? 'failed' : 'pending', detail, 2 ** (attempts - 1));
  }

  async function presumeStaleEnded(): Promise<void> {
    for (const { integrationId, ...stored } of await findStaleCalls(pool, staleCallHours)) {
      const call = presumeEnded(stored.call, new Date(context.clock.now()).toISOString());
      const named = { integration: integrationId, call: call.callId };
      try {
        await saveCall(pool, integrationId, { ...stored, call });
        logger.info(named, 'a call whose end was never told is presumed ended');
      } catch (error) {
        if (isTransientFault(error)) throw error;
        logger.error({ ...named, err: error }, 'a stale call could not be saved');
      }
    }
  }

  return {
    start() {
      startedAt = performance.now();
      void loop.start();
      sweeper = setInterval(() => {
        presumeStaleEnded().catch((error) => logger.error({ err: error }, 'stale calls cannot be swept'));
      }, sweepMilliseconds);
    },
    async stop() {
      clearInterval(sweeper);
      await loop.stop();
      await releaseHeld().catch((error: unknown) =>
        logger.warn({ err: error }, 'deliveries in hand could not be given back; they are tried again later'),
      );
    },
    wake: loop.wake,
  };
}
