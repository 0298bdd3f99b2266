import type { Defined } from '@ringback/directory';
import type { NotificationChannel, Subscription } from '@ringback/domain/administration';
import type { TicketCloudEvent } from '@ringback/domain/ticket';
import type { DeliveryOutcome } from '../delivery/outcome.ts';

/** An event for one recipient, on its way. */
interface ChannelMessage {
  /** The notification's: the same over all attempts, so that receivers recognise repeats. */
  id: string;
  /** A URL, an address, whatever the channel's target is. */
  target: string;
  /** Sealed; null where the recipient has none. */
  secret: string | null;
  event: TicketCloudEvent;
  /** Whether it goes to an on-call entry, rather than to a subscription. */
  isOnCall: boolean;
}

/** A way to deliver notifications. A further one is a folder here, an entry in the domain's `notificationChannels`. */
export interface Channel {
  name: NotificationChannel;
  /** What a target shares with others, such as a server: only a few deliveries to one host run at a time. */
  hostOf(target: string): string;
  /** Null when it can send; otherwise the outcome of every attempt: the notification waits, visibly. */
  notReady: DeliveryOutcome | null;
  /** Makes one attempt. Rejects only for a fault of the database, which says nothing about the receiver. */
  send(message: ChannelMessage): Promise<DeliveryOutcome>;
  /** Sends a test to a subscription at once. Never rejects. */
  test(subscription: Defined<Subscription>): Promise<DeliveryOutcome>;
  /** Closes connections; called once, after the last attempt. */
  close(): Promise<void>;
}

export type Channels = { readonly [C in NotificationChannel]: Channel };
