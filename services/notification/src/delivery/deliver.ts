import type { Directory } from '@ringback/directory';
import type { EventLog } from '@ringback/event-log';
import type { DatabaseClock, Secrets } from '@ringback/service-kit';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { emailText } from '../channels/email/email-text.ts';
import { type Mailer, noMailServer } from '../channels/email/send-email.ts';
import { sendWebhook, type WebhookTransport } from '../channels/webhook/send-webhook.ts';
import type { NotificationMetrics } from '../metrics.ts';
import { eventForSubscription } from '../outbox/event-for-subscription.ts';
import { parseOnCallId } from '../outbox/recipients.ts';
import { type Address, addressOf } from './address.ts';
import { disableSubscription } from './disable-subscription.ts';
import { type LeasedNotification, mostUnfinishedTries } from './notification.ts';
import { openSecret } from './open-secret.ts';
import { delayAfter, failed, grantedPause, type Outcome } from './outcome.ts';
import type { NotificationSettings } from './settings.ts';
import { endSubscription, pauseLane, type Settlement, settleNotification } from './settle-notification.ts';

export interface DeliveryOptions {
  pool: Pool;
  log: EventLog;
  clock: DatabaseClock;
  logger: Logger;
  secrets: Secrets;
  directory: Directory;
  transport: WebhookTransport;
  mailer: Mailer | null;
  /** For the links in e-mails. */
  publicUrl: string;
  settings: NotificationSettings;
  metrics: Pick<NotificationMetrics, 'attempts' | 'lateness'>;
}

const catchUpMilliseconds = 5_000;

const endedProcess = `sending it ended the process ${mostUnfinishedTries} times`;
const aside: Omit<Settlement, 'target'> = {
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
  const { pool, clock, directory, logger, metrics } = options;
  if (notification.unfinishedBefore >= mostUnfinishedTries) {
    logger.error({ notification: notification.id }, `a notification is set aside: ${endedProcess}`);
    await settleNotification(pool, notification, owner, { ...aside, target: notification.target });
    return;
  }
  // Whoever subscribed before the event is known from here on; until then, nobody is taken for removed.
  const isKnown = await directory.whenProcessed(notification.position, catchUpMilliseconds);
  const address = addressOf(notification.subscriptionId, notification.channel, directory);
  if (typeof address === 'string') {
    const settlement = isKnown ? withoutAddress(address) : laterWithoutAddress;
    await settleNotification(pool, notification, owner, { ...settlement, target: notification.target });
    return;
  }
  const payload = eventForSubscription(notification.payload, address.subscription);
  if (payload === null) {
    await settleNotification(pool, notification, owner, { ...notTheirs, target: address.target });
    return;
  }
  const started = clock.now();
  const begin = performance.now();
  if (notification.isFirstAttempt) {
    const recordedAt = Date.parse(String(notification.payload.data.recordedAt));
    metrics.lateness.observe(Math.max(0, started - recordedAt) / 1_000);
  }
  const outcome = await send({ ...notification, payload }, address, options);
  metrics.attempts.inc({ channel: notification.channel, outcome: outcome.kind });
  const settlement: Settlement = {
    ...consequence(outcome, notification.attempts, options.settings),
    target: address.target,
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

function withoutAddress(reason: 'removed' | 'disabled'): Omit<Settlement, 'target'> {
  return reason === 'removed'
    ? { state: 'superseded', delay: 0, detail: 'the subscription was removed', attempt: null }
    : { state: 'dead', delay: 0, detail: 'the subscription is disabled', attempt: null };
}

const notTheirs: Omit<Settlement, 'target'> = {
  state: 'superseded',
  delay: 0,
  detail: 'the customer whose subscription it is by now may not read this event',
  attempt: null,
};

const laterWithoutAddress: Omit<Settlement, 'target'> = {
  state: 'pending',
  delay: 1,
  detail: 'waits until the subscription is known here',
  attempt: null,
};

function consequence(
  outcome: Outcome,
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
  { kind, detail, retryAfter }: Outcome,
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

async function send(
  { id, subscriptionId, channel, payload }: LeasedNotification,
  { target, secret }: Address,
  { secrets, transport, mailer, directory, publicUrl }: DeliveryOptions,
): Promise<Outcome> {
  const { customerId, plan } = payload.data.ticket as { customerId: string | null; plan: string | null };
  // Out of reach of the `catch`: a fault of the database is no answer of the receiver.
  const isAddressed = channel === 'email' && mailer !== null && customerId !== null;
  const customer = isAddressed ? await directory.customer(customerId) : null;
  try {
    if (channel === 'webhook') {
      if (secret === null) return failed('the subscription has no signing secret');
      const message = { id, url: target, secret: openSecret(secrets, secret), body: JSON.stringify(payload) };
      return await sendWebhook(message, transport);
    }
    if (mailer === null) return noMailServer;
    const catalog = plan === null ? null : directory.catalog(plan.split('/')[0] ?? '');
    const text = emailText(payload, {
      publicUrl,
      customerName: customer?.name ?? null,
      timeZone: catalog?.content.timeZone ?? null,
      onCall: parseOnCallId(subscriptionId) !== null,
    });
    return await mailer.send({ id, to: target, ticketId: payload.subject, ...text });
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}
