import type { Directory } from '@ringback/directory';
import type { EventLog } from '@ringback/event-log';
import type { DatabaseClock } from '@ringback/service-kit';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Channels } from '../channels/channel.ts';
import type { NotificationMetrics } from '../metrics.ts';
import { eventForSubscription } from '../outbox/event-for-subscription.ts';
import { type Address, addressOf } from './address.ts';
import { disableSubscription } from './disable-subscription.ts';
import { type LeasedNotification, mostUnfinishedTries } from './notification.ts';
import { type DeliveryOutcome, delayAfter, grantedPause } from './outcome.ts';
import type { NotificationSettings } from './settings.ts';
import { endSubscription, pauseLane, type Settlement, settleNotification } from './settle-notification.ts';

export interface DeliveryOptions {
  pool: Pool;
  log: EventLog;
  clock: DatabaseClock;
  logger: Logger;
  directory: Directory;
  channels: Channels;
  settings: NotificationSettings;
  metrics: Pick<NotificationMetrics, 'attempts' | 'lateness'>;
}

const catchUpMilliseconds = 5_000;

const endedProcess = `sending it ended the process ${mostUnfinishedTries} times`;
type WithoutTarget = Omit<Settlement, 'target' | 'host'>;

const aside: WithoutTarget = {
  state: 'dead',
  delay: 0,
  detail: endedProcess,
  setAside: true,
  attempt: null,
};

/**
 * Makes one try of a delivery that `owner` has leased, and records what became of it. One whose tries have three times
 * not ended, because the process did, is set aside instead.
 */
export async function deliver(
  notification: LeasedNotification,
  owner: string,
  options: DeliveryOptions,
): Promise<void> {
  const { pool, clock, directory, logger, metrics, channels } = options;
  const channel = channels[notification.channel];
  const { target, host } = notification;
  if (notification.unfinishedBefore >= mostUnfinishedTries) {
    logger.error({ notification: notification.id }, `a notification is set aside: ${endedProcess}`);
    await settleNotification(pool, notification, owner, { ...aside, target, host });
    return;
  }
  // Whoever subscribed before the event is known from here on; until then, no one is taken for removed.
  const isKnown = await directory.whenProcessed(notification.position, catchUpMilliseconds);
  const address = addressOf(notification.addressee, notification.channel, directory);
  if (typeof address === 'string') {
    const settlement = isKnown ? withoutAddress(address) : laterWithoutAddress;
    await settleNotification(pool, notification, owner, { ...settlement, target, host });
    return;
  }
  const destination = { target: address.target, host: channel.hostOf(address.target) };
  const event = eventForSubscription(notification.payload, address.subscription);
  if (event === null) {
    await settleNotification(pool, notification, owner, { ...notTheirs, ...destination });
    return;
  }
  const started = clock.now();
  const begin = performance.now();
  if (notification.isFirstAttempt) {
    const recordedAt = Date.parse(String(notification.payload.data.recordedAt));
    metrics.lateness.observe(Math.max(0, started - recordedAt) / 1_000);
  }
  const isOnCall = notification.addressee.kind === 'on-call';
  const message = { id: notification.id, target: address.target, secret: address.secret, event, isOnCall };
  const outcome = channel.notReady ?? (await channel.send(message));
  metrics.attempts.inc({ channel: notification.channel, outcome: outcome.kind });
  const settlement: Settlement = {
    ...consequence(outcome, notification.attempts, options.settings),
    ...destination,
    attempt: { startedAt: new Date(started).toISOString(), milliseconds: performance.now() - begin, outcome },
  };
  if (outcome.kind !== 'delivered' && outcome.kind !== 'waiting') {
    logger.warn(
      {
        notification: notification.id,
        attempt: notification.attempts,
        state: settlement.state,
        detail: outcome.detail,
      },
      'a notification was not delivered',
    );
  }
  await settleNotification(pool, notification, owner, settlement);
  await followUp(notification, address, outcome, options);
}

function withoutAddress(reason: 'removed' | 'disabled'): WithoutTarget {
  return reason === 'removed'
    ? { state: 'superseded', delay: 0, detail: 'the subscription was removed', attempt: null }
    : { state: 'dead', delay: 0, detail: 'the subscription is disabled', attempt: null };
}

const notTheirs: WithoutTarget = {
  state: 'superseded',
  delay: 0,
  detail: 'the customer whose subscription it is by now may not read this event',
  attempt: null,
};

const laterWithoutAddress: WithoutTarget = {
  state: 'pending',
  delay: 1,
  detail: 'waits until the subscription is known here',
  attempt: null,
};

function consequence(
  outcome: DeliveryOutcome,
  attempt: number,
  settings: NotificationSettings,
): Pick<Settlement, 'state' | 'delay' | 'detail'> {
  const { kind, detail, retryAfter } = outcome;
  if (kind === 'delivered' || kind === 'waiting') return { state: kind, delay: 0, detail };
  const delay = kind === 'failed' ? delayAfter(attempt, retryAfter, settings) : null;
  return delay === null ? { state: 'dead', delay: 0, detail } : { state: 'pending', delay, detail };
}

/** What one answer means for the others that wait for the same receiver. */
async function followUp(
  { lane }: LeasedNotification,
  { subscription }: Address,
  { kind, detail, retryAfter }: DeliveryOutcome,
  { pool, log, logger }: DeliveryOptions,
): Promise<void> {
  if (retryAfter !== null && kind === 'failed') await pauseLane(pool, lane, grantedPause(retryAfter));
  if (kind !== 'gone') return;
  if (subscription !== null && (await disableSubscription(log, subscription))) {
    logger.warn(
      { subscription: subscription.id },
      'the receiver wants no more (410): the subscription is disabled',
    );
  }
  await endSubscription(pool, lane, detail ?? '');
}
