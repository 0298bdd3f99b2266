import type { Defined, Directory } from '@ringback/directory';
import {
  type NotificationChannel,
  notificationChannels,
  type Subscription,
  targetBy,
} from '@ringback/domain/administration';
import type { Addressee } from '../outbox/addressee.ts';

/** Where a delivery goes. */
export interface Address {
  /** A URL or an e-mail address. */
  target: string;
  /** Sealed; signs what the channel sends. */
  secret: string | null;
  /** Null: the address is an on-call entry's. */
  subscription: Defined<Subscription> | null;
}

/**
 * Where an addressee's deliveries go now, or why they go nowhere. A corrected address or a new secret applies to what
 * waits already.
 */
export function addressOf(
  { kind, id }: Addressee,
  channel: NotificationChannel,
  directory: Pick<Directory, 'subscriptions' | 'onCall'>,
): Address | 'removed' | 'disabled' {
  const subscription =
    kind === 'subscription' ? (directory.subscriptions().find((each) => each.id === id) ?? null) : null;
  const definition = subscription ?? directory.onCall().find((each) => kind === 'on-call' && each.id === id);
  const target = definition === undefined ? null : targetBy(channel, definition);
  if (definition === undefined || target === null) return 'removed';
  if (subscription !== null && !subscription.enabled) return 'disabled';
  const secret = notificationChannels[channel].isSigned ? definition.secret : null;
  return { target, secret, subscription };
}
