import type { DatabaseClock, Secrets } from '@ringback/service-kit';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Agent } from 'undici';
import {
  endTarget,
  type LeasedNotification,
  leaseNotifications,
  nextDue,
  recordAttempt,
} from './notification-store.ts';
import { delayBefore, failed, maximumAttempts, type Outcome } from './outcome.ts';
import type { Mailer } from './send-email.ts';
import { sendWebhook } from './send-webhook.ts';

export interface WorkerOptions {
  pool: Pool;
  clock: DatabaseClock;
  logger: Logger;
  secrets: Secrets;
  agent: Agent;
  mailer: Mailer;
  allowPrivate: boolean;
  onAttempt(channel: string, outcome: Outcome['kind']): void;
}

export interface Worker {
  start(): void;
  /** Finishes what is in hand. */
  stop(): Promise<void>;
  wake(): void;
}

const concurrency = 32;
const concurrencyOfTarget = 4;
const longestSleep = 5_000;

/** Sends what is due; sleeps until the next is, or until it is woken. */
export function createWorker(options: WorkerOptions): Worker {
  const { pool, clock, logger } = options;
  const inHand = new Set<Promise<void>>();
  let stopped = false;
  let woken = false;
  let release: (() => void) | null = null;
  let loop: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    while (!stopped) {
      woken = false;
      try {
        const free = concurrency - inHand.size;
        const leased = free > 0 ? await leaseNotifications(pool, free, concurrencyOfTarget) : [];
        for (const notification of leased) {
          const work = deliver(notification, options).catch((error) =>
            logger.error({ err: error, notification: notification.id }, 'a delivery could not be recorded'),
          );
          inHand.add(work);
          void work.finally(() => {
            inHand.delete(work);
            wake();
          });
        }
        if (leased.length === 0) await sleep(await pauseUntilNext());
      } catch (error) {
        logger.error({ err: error }, 'notifications cannot be sent just now; trying again');
        await sleep(1_000);
      }
    }
    await Promise.all(inHand);
  }

  async function pauseUntilNext(): Promise<number> {
    const due = await nextDue(pool);
    return due === null ? longestSleep : Math.min(longestSleep, Math.max(5, due - clock.now()));
  }

  function sleep(milliseconds: number): Promise<void> {
    if (woken || stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      release = () => {
        clearTimeout(timer);
        release = null;
        resolve();
      };
    });
  }

  function wake(): void {
    woken = true;
    release?.();
  }

  return {
    start: () => {
      loop = run();
    },
    async stop() {
      stopped = true;
      wake();
      await loop;
    },
    wake,
  };
}

async function deliver(notification: LeasedNotification, options: WorkerOptions): Promise<void> {
  const { pool, clock, logger, onAttempt } = options;
  const startedAt = new Date(clock.now()).toISOString();
  const begin = performance.now();
  const outcome = await send(notification, options);
  const attempt = { startedAt, milliseconds: performance.now() - begin, outcome };
  const tries = notification.attempts + 1;
  onAttempt(notification.channel, outcome.kind);
  if (outcome.kind === 'waiting') {
    return await recordAttempt(pool, notification.id, attempt, {
      state: 'pending',
      delay: outcome.retryAfter ?? 60,
      countsAsTry: false,
    });
  }
  const over = outcome.kind === 'gone' || (outcome.kind === 'failed' && tries >= maximumAttempts);
  const state = outcome.kind === 'delivered' ? 'delivered' : over ? 'dead' : 'pending';
  if (outcome.kind !== 'delivered') {
    logger.warn(
      { notification: notification.id, attempt: tries, state, detail: outcome.detail },
      'a notification was not delivered',
    );
  }
  await recordAttempt(pool, notification.id, attempt, {
    state,
    delay: state === 'pending' ? delayBefore(tries, outcome.retryAfter) : 0,
    countsAsTry: true,
  });
  if (outcome.kind === 'gone') await endTarget(pool, notification.target, 'the receiver wants no more (410)');
}

async function send(notification: LeasedNotification, options: WorkerOptions): Promise<Outcome> {
  const { id, channel, target, secret, payload } = notification;
  if (channel === 'email') return await options.mailer.send({ id, to: target, event: payload });
  if (secret === null) return failed('the subscription has no signing secret');
  const body = JSON.stringify(payload);
  return await sendWebhook(
    { id, url: target, secret: options.secrets.open(secret), body },
    options.agent,
    options.allowPrivate,
  );
}
