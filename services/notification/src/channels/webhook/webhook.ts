import { randomUUID } from 'node:crypto';
import { createOutboundAgent, type ServiceContext } from '@ringback/service-kit';
import { failed } from '../../delivery/outcome.ts';
import type { NotificationSettings } from '../../delivery/settings.ts';
import type { Channel } from '../channel.ts';
import { openSecret } from './open-secret.ts';
import { sendWebhook } from './send-webhook.ts';

const withoutSecret = failed('the subscription has no signing secret');

/** Signed webhooks: one POST for each event, its body the CloudEvent. */
export function createWebhookChannel(
  { configuration, clock, secrets }: ServiceContext,
  { resolve, answerTimeout }: Pick<NotificationSettings, 'resolve' | 'answerTimeout'>,
): Channel {
  const allowPrivate = configuration.allowPrivateWebhooks;
  const agent = createOutboundAgent(allowPrivate, resolve);
  const transport = { agent, allowPrivate, answerTimeout, now: clock.now };
  const post = async (id: string, url: string, sealed: string, event: object) => {
    try {
      const message = { id, url, secret: openSecret(secrets, sealed), body: JSON.stringify(event) };
      return await sendWebhook(message, transport);
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  };
  return {
    name: 'webhook',
    hostOf: (target) => new URL(target).host,
    notReady: null,
    send: async ({ id, target, secret, event }) =>
      secret === null ? withoutSecret : await post(id, target, secret, event),
    async test({ url, secret }) {
      if (url === null || secret === null) return failed('the subscription has no URL or no signing secret');
      const id = randomUUID();
      return await post(id, url, secret, {
        specversion: '1.0',
        id,
        source: '/ringback',
        type: 'ringback.test',
        time: new Date(clock.now()).toISOString(),
        datacontenttype: 'application/json',
        data: {},
      });
    },
    close: () => agent.destroy(),
  };
}
