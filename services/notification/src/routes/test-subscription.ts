import { randomUUID } from 'node:crypto';
import type { Defined } from '@ringback/directory';
import type { Subscription } from '@ringback/domain/administration';
import type { DatabaseClock, Secrets } from '@ringback/service-kit';
import { testEmailText } from '../channels/email/email-text.ts';
import { type Mailer, noMailServer } from '../channels/email/send-email.ts';
import { sendWebhook, type WebhookTransport } from '../channels/webhook/send-webhook.ts';
import { openSecret } from '../delivery/open-secret.ts';
import { failed, type Outcome } from '../delivery/outcome.ts';

export interface TestOptions {
  clock: DatabaseClock;
  secrets: Secrets;
  transport: WebhookTransport;
  mailer: Mailer | null;
}

/** Sends an event of type `ringback.test`, or an e-mail that says so, once and at once. Never rejects. */
export async function testSubscription(
  { name, channel, url, email, secret }: Defined<Subscription>,
  { clock, secrets, transport, mailer }: TestOptions,
): Promise<Outcome> {
  const id = randomUUID();
  try {
    if (channel === 'email') {
      if (mailer === null || email === null) return noMailServer;
      return await mailer.send({ id, to: email, ticketId: null, ...testEmailText(name) });
    }
    if (url === null || secret === null) return failed('the subscription has no URL or no signing secret');
    const event = {
      specversion: '1.0',
      id,
      source: '/ringback',
      type: 'ringback.test',
      time: new Date(clock.now()).toISOString(),
      datacontenttype: 'application/json',
      data: {},
    };
    const body = JSON.stringify(event);
    return await sendWebhook({ id, url, secret: openSecret(secrets, secret), body }, transport);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}
