import { inTransaction, isTransientFault } from '@ringback/event-log';
import type { ServiceContext } from '@ringback/service-kit';
import { presumeEnded } from '../calls/call.ts';
import { findStaleCalls, saveCall } from '../calls/call-store.ts';
import { handleCallEvent } from '../calls/handle-call.ts';
import type { ReferenceNumbers } from '../tickets/reference-numbers.ts';
import { adapters } from './adapters/index.ts';
import { finishDelivery, type StoredDelivery, takeDelivery } from './delivery-store.ts';

/** A delivery that cannot be understood; it waits to be looked at and replayed. */
class DeliveryNotUnderstood extends Error {}

export interface Interpreter {
  start(): void;
  stop(): Promise<void>;
  /** Something was stored. */
  wake(): void;
}

const pollMilliseconds = 1_000;
const maximumAttempts = 6;
const staleCallHours = 4;
const sweepMilliseconds = 60_000;

/**
 * Interprets stored deliveries in the order of their arrival: what a phone system was answered for is in the table, so
 * a fault here costs time, never a call.
 */
export function createInterpreter(context: ServiceContext, references: ReferenceNumbers): Interpreter {
  const { pool, logger } = context;
  let stopped = false;
  let pending = false;
  let release: (() => void) | null = null;
  let loop: Promise<void> = Promise.resolve();
  let sweeper: NodeJS.Timeout | undefined;

  async function run(): Promise<void> {
    while (!stopped) {
      try {
        if (await interpretNext()) continue;
      } catch (error) {
        logger.error({ err: error }, 'deliveries cannot be interpreted just now; trying again');
      }
      if (pending) {
        pending = false;
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, pollMilliseconds);
        release = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      release = null;
      pending = false;
    }
  }

  async function interpretNext(): Promise<boolean> {
    let taken: StoredDelivery | null = null;
    try {
      return await inTransaction(pool, async (transaction) => {
        taken = await takeDelivery(transaction);
        if (taken === null) return false;
        await interpret(taken, transaction);
        await finishDelivery(transaction, taken.id, 'done', null);
        return true;
      });
    } catch (error) {
      const delivery = taken as StoredDelivery | null;
      if (delivery === null || isTransientFault(error)) throw error;
      await fail(delivery, error);
      return true;
    }
  }

  async function interpret(
    delivery: StoredDelivery,
    transaction: Parameters<typeof handleCallEvent>[3],
  ): Promise<void> {
    const integration = context.administration.integration(delivery.integrationId);
    const adapter = adapters[delivery.adapter];
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
    const detail = error instanceof Error ? error.message : String(error);
    const final = error instanceof DeliveryNotUnderstood || attempts + 1 >= maximumAttempts;
    logger.warn({ delivery: id, detail, final }, 'a delivery could not be interpreted');
    await finishDelivery(pool, id, final ? 'failed' : 'pending', detail, 2 ** attempts);
  }

  async function presumeStaleEnded(): Promise<void> {
    for (const { integrationId, ...stored } of await findStaleCalls(pool, staleCallHours)) {
      const call = presumeEnded(stored.call, new Date(context.clock.now()).toISOString());
      await saveCall(pool, integrationId, { ...stored, call });
      logger.info(
        { integration: integrationId, call: call.callId },
        'a call whose end was never told is presumed ended',
      );
    }
  }

  return {
    start() {
      loop = run();
      sweeper = setInterval(() => {
        presumeStaleEnded().catch((error) => logger.error({ err: error }, 'stale calls cannot be swept'));
      }, sweepMilliseconds);
    },
    async stop() {
      stopped = true;
      clearInterval(sweeper);
      release?.();
      await loop;
    },
    wake() {
      pending = true;
      release?.();
    },
  };
}
