import type { NotificationChannel } from '@ringback/domain/administration';
import type { TicketCloudEvent } from '@ringback/domain/ticket';
import type { Addressee } from '../outbox/addressee.ts';

/** `waiting`: for a mail server to be configured. `superseded`: no longer true, or no longer asked for. */
export const notificationStates = ['pending', 'waiting', 'delivered', 'dead', 'superseded'] as const;
export type NotificationState = (typeof notificationStates)[number];

/** A delivery in the hands of this instance. */
export interface LeasedNotification {
  id: string;
  addressee: Addressee;
  channel: NotificationChannel;
  target: string;
  host: string;
  lane: string;
  /** Of its event in the log. */
  position: number;
  payload: TicketCloudEvent;
  /** The present one included. */
  attempts: number;
  /** Earlier ones that have not ended: the process did. */
  unfinishedBefore: number;
  isFirstAttempt: boolean;
}

/** A notification is set aside once so many tries have begun and not ended. */
export const mostUnfinishedTries = 3;
