import { randomUUID } from 'node:crypto';
import type { ServiceContext } from '@ringback/service-kit';
import { failed } from '../../delivery/outcome.ts';
import type { NotificationSettings } from '../../delivery/settings.ts';
import type { Channel } from '../channel.ts';
import { emailText, testEmailText } from './email-text.ts';
import { createMailer } from './send-email.ts';

/** The outcome of every e-mail while there is no server. */
const noMailServer = failed('no SMTP_URL is set: it waits until there is one', { kind: 'waiting' });
/** E-mails all go through one server. */
const mailHost = 'smtp';

/** E-mail over the server of `SMTP_URL`. */
export function createEmailChannel(
  { configuration, directory, logger, address }: ServiceContext,
  { concurrency }: Pick<NotificationSettings, 'concurrency'>,
): Channel {
  const { smtpUrl, mailFrom } = configuration;
  const mailer = createMailer(smtpUrl, mailFrom, concurrency.host, logger);

  return {
    name: 'email',
    hostOf: () => mailHost,
    notReady: mailer === null ? noMailServer : null,
    async send({ id, target, event, isOnCall }) {
      if (mailer === null) return noMailServer;
      const { customerId, plan } = event.data.ticket as { customerId: string | null; plan: string | null };
      const customer = customerId === null ? null : await directory.customer(customerId);
      const catalog = plan === null ? null : directory.catalog(plan.split('/')[0] ?? '');
      try {
        const text = emailText(event, {
          publicUrl: address,
          customerName: customer?.name ?? null,
          timeZone: catalog?.content.timeZone ?? null,
          onCall: isOnCall,
        });
        return await mailer.send({ id, to: target, ticketId: event.subject, ...text });
      } catch (error) {
        return failed(error instanceof Error ? error.message : String(error));
      }
    },
    async test({ name, email }) {
      if (mailer === null || email === null) return noMailServer;
      return await mailer.send({ id: randomUUID(), to: email, ticketId: null, ...testEmailText(name) });
    },
    async close() {
      mailer?.close();
    },
  };
}
