import type { Defined, Directory } from '@ringback/directory';
import type { Subscription } from '@ringback/domain/administration';
import { type NotificationChannel, parseOnCallId } from '../outbox/recipients.ts';

/** Where a delivery goes. */
export interface Address {
  /** A URL or an e-mail address. */
  target: string;
  /** Sealed; signs a webhook. */
  secret: string | null;
  /** Null: the address is an on-call entry's. */
  subscription: Defined<Subscription> | null;
}

/** E-mails all go by way of one server. */
const mailHost = 'smtp';

/** Deliveries to one host are few at a time, whoever they are for. */
export const hostOf = (channel: NotificationChannel, target: string): string =>
  channel === 'email' ? mailHost : new URL(target).host;

/**
 * Where a subscription's deliveries go now, or why they go nowhere. A correction of its address or a new secret holds
 * for what waits already.
 */
export function addressOf(
  subscriptionId: string,
  channel: NotificationChannel,
  directory: Pick<Directory, 'subscriptions' | 'onCall'>,
): Address | 'removed' | 'disabled' {
  const onCall = parseOnCallId(subscriptionId);
  if (onCall !== null) {
    const entry = directory.onCall().find(({ id }) => id === onCall);
    const target = (channel === 'webhook' ? entry?.url : entry?.email) ?? null;
    if (entry === undefined || target === null) return 'removed';
    return { target, secret: channel === 'webhook' ? entry.secret : null, subscription: null };
  }
  const subscription = directory.subscriptions().find(({ id }) => id === subscriptionId);
  const target = (channel === 'webhook' ? subscription?.url : subscription?.email) ?? null;
  if (subscription === undefined || target === null) return 'removed';
  if (!subscription.enabled) return 'disabled';
  return { target, secret: subscription.secret, subscription };
}
