import { randomUUID } from 'node:crypto';
import type { NotificationChannel } from '@ringback/domain/administration';
import type { DatabaseClock } from '@ringback/service-kit';
import { createLoop } from '@ringback/worker';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import {
  type Capacity,
  forgetUnfinished,
  leaseNotifications,
  leaseSuspects,
  nextDue,
  renewLeases,
} from './lease-notifications.ts';
import type { LeasedNotification } from './notification.ts';
import type { NotificationSettings } from './settings.ts';

export interface WorkerOptions {
  pool: Pool;
  clock: DatabaseClock;
  logger: Logger;
  /** The channels that can send from here. */
  ready: readonly NotificationChannel[];
  settings: Pick<NotificationSettings, 'lease' | 'suspectsAfter' | 'concurrency'>;
  /** Makes one try and records it. */
  deliver(notification: LeasedNotification, owner: string): Promise<void>;
}

export interface Worker {
  start(): void;
  /** Finishes what is in hand. */
  stop(): Promise<void>;
  wake(): void;
  /** False when it has not been able to look for work for a while. */
  healthy(): boolean;
  /** How many deliveries are under way. */
  inHand(): number;
}

/** Another instance may have queued something, or died with something in hand: this is how late we notice. */
const longestSleep = 5_000;
const shortestSleep = 5;
const backOff = { first: 1_000, longest: 5_000 };
const unhealthyAfter = 30_000;

/** Sends what is due; sleeps until the next is, or until it is woken. */
export function createWorker(options: WorkerOptions): Worker {
  const { pool, clock, logger, ready, settings } = options;
  const { total, host: perHost, subscription: perLane } = settings.concurrency;
  const owner = randomUUID();
  const inHand = new Map<string, { notification: LeasedNotification; work: Promise<void> }>();
  /** Whose tries have ended, and nothing could be recorded of them. */
  const unrecorded = new Set<string>();
  let suspectsDueAt = Number.POSITIVE_INFINITY;
  let renewal: NodeJS.Timeout | undefined;
  let lookedAt = performance.now();

  const loop = createLoop({
    turn,
    backOff,
    onError: (error) => logger.error({ err: error }, 'notifications cannot be sent just now; trying again'),
  });

  async function turn(): Promise<number> {
    await forgetUnrecorded();
    const capacity = capacityLeft();
    const leased = capacity.free > 0 ? await leaseNotifications(pool, capacity, settings.lease) : [];
    leased.forEach(take);
    if (capacity.free > leased.length) leased.push(...(await takeSuspects(capacity)));
    lookedAt = performance.now();
    if (leased.length > 0) return 0;
    return capacity.free > 0 ? await pauseUntilNext(capacity) : longestSleep;
  }

  async function forgetUnrecorded(): Promise<void> {
    if (unrecorded.size === 0) return;
    await forgetUnfinished(pool, [...unrecorded]);
    unrecorded.clear();
  }

  /** One lot of them at a time, so that it is known which of them ends the process. */
  async function takeSuspects(capacity: Capacity): Promise<LeasedNotification[]> {
    if (performance.now() < suspectsDueAt) return [];
    if ([...inHand.values()].some(({ notification }) => notification.unfinishedBefore > 0)) return [];
    const suspects = await leaseSuspects(pool, capacity, settings.lease);
    suspectsDueAt = suspects.length > 0 ? 0 : performance.now() + longestSleep;
    suspects.forEach(take);
    return suspects;
  }

  function take(notification: LeasedNotification): void {
    const work = options
      .deliver(notification, owner)
      // Its lease runs out, and then it is tried again.
      .catch((error) => {
        unrecorded.add(notification.id);
        logger.error({ err: error, notification: notification.id }, 'a delivery could not be recorded');
      })
      .finally(() => {
        inHand.delete(notification.id);
        loop.wake();
      });
    inHand.set(notification.id, { notification, work });
  }

  function capacityLeft(): Capacity {
    const hosts = new Map<string, number>();
    const lanes = new Map<string, number>();
    for (const { notification } of inHand.values()) {
      hosts.set(notification.host, (hosts.get(notification.host) ?? 0) + 1);
      lanes.set(notification.lane, (lanes.get(notification.lane) ?? 0) + 1);
    }
    return { owner, ready, free: total - inHand.size, perHost, perLane, hosts, lanes };
  }

  async function pauseUntilNext(capacity: Capacity): Promise<number> {
    const due = await nextDue(pool, capacity);
    const suspects = suspectsDueAt - performance.now();
    const longest = suspects > 0 ? Math.min(longestSleep, suspects + shortestSleep) : longestSleep;
    return due === null ? longest : Math.min(longest, Math.max(shortestSleep, due - clock.now()));
  }

  function renew(): void {
    if (inHand.size === 0) return;
    renewLeases(pool, owner, [...inHand.keys()], settings.lease).catch((error) =>
      logger.warn({ err: error }, 'deliveries under way could not be kept; others may repeat them'),
    );
  }

  return {
    start() {
      suspectsDueAt = performance.now() + settings.suspectsAfter;
      renewal = setInterval(renew, settings.lease / 4);
      void loop.start();
    },
    async stop() {
      await loop.stop();
      await Promise.all([...inHand.values()].map(({ work }) => work));
      await forgetUnrecorded().catch((error: unknown) =>
        logger.warn({ err: error }, 'tries that have ended could not be recorded'),
      );
      clearInterval(renewal);
    },
    wake: loop.wake,
    healthy: () => performance.now() - lookedAt < unhealthyAfter,
    inHand: () => inHand.size,
  };
}
