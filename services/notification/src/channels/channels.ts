import type { ServiceContext } from '@ringback/service-kit';
import type { NotificationSettings } from '../delivery/settings.ts';
import type { Channels } from './channel.ts';
import { createEmailChannel } from './email/email.ts';
import { createWebhookChannel } from './webhook/webhook.ts';

/** Opens every channel. */
export function createChannels(context: ServiceContext, settings: NotificationSettings): Channels {
  return {
    webhook: createWebhookChannel(context, settings),
    email: createEmailChannel(context, settings),
  };
}
