import * as z from 'zod';
import { Email, Url } from './addresses.ts';

/**
 * Every channel of notifications: the field of a subscription or an on-call entry that holds its target, what such a
 * target is, and whether the channel signs with a secret of that definition.
 */
export const notificationChannels = {
  webhook: { target: 'url', address: Url, isSigned: true },
  email: { target: 'email', address: Email, isSigned: false },
} as const satisfies { [name: string]: { target: string; address: z.ZodType<string>; isSigned: boolean } };

type Names = keyof typeof notificationChannels;
type TargetNames = (typeof notificationChannels)[Names]['target'];
type TargetFields<Schema> = { [T in TargetNames]: Schema };

export const notificationChannelNames = Object.keys(notificationChannels) as [Names, ...Names[]];

export const NotificationChannel = z.enum(notificationChannelNames);
export type NotificationChannel = z.infer<typeof NotificationChannel>;

/** The targets of a definition, one field for each channel. */
export type NotificationTargets = TargetFields<string | null>;

function targetFields<Value>(fieldOf: (channel: Names) => Value): TargetFields<Value> {
  const fields = notificationChannelNames.map((name) => [notificationChannels[name].target, fieldOf(name)]);
  return Object.fromEntries(fields) as TargetFields<Value>;
}

/** The fields of the targets in a request. */
export const requestedTargets = targetFields((channel) =>
  (notificationChannels[channel].address as z.ZodType<string, string>).nullable().default(null),
);

/** The fields of the targets in an event and in an answer. */
export const storedTargets = targetFields(() => z.string().nullable());

/** The target of a definition for a channel; null: it has none, as a definition from before the channel existed. */
export const targetBy = (
  channel: NotificationChannel,
  targets: Partial<NotificationTargets>,
): string | null => targets[notificationChannels[channel].target] ?? null;

/** The targets of a definition, without its other fields; null for channels that it does not name. */
export const targetsOf = (targets: Partial<NotificationTargets>): NotificationTargets =>
  targetFields((channel) => targetBy(channel, targets));
