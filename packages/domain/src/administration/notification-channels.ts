import * as z from 'zod';

/**
 * Every channel of notifications: the field of a subscription or an on-call entry that holds its target, and whether
 * what it sends is signed with a secret of that definition.
 */
export const notificationChannels = {
  webhook: { target: 'url', isSigned: true },
  email: { target: 'email', isSigned: false },
} as const satisfies { [name: string]: { target: string; isSigned: boolean } };

type Names = keyof typeof notificationChannels;

export const notificationChannelNames = Object.keys(notificationChannels) as [Names, ...Names[]];

export const NotificationChannel = z.enum(notificationChannelNames);
export type NotificationChannel = z.infer<typeof NotificationChannel>;

/** The targets of a definition, one field for each channel. */
export type NotificationTargets = {
  [C in Names as (typeof notificationChannels)[C]['target']]: string | null;
};

/** Where a definition is reached by a channel; null: it is not. */
export const targetBy = (channel: NotificationChannel, targets: NotificationTargets): string | null =>
  targets[notificationChannels[channel].target];
