import type { TicketCloudEvent } from '@ringback/domain/ticket';
import { createTransport } from 'nodemailer';
import { emailText } from './email-text.ts';
import { delivered, failed, type Outcome } from './outcome.ts';

export interface Mailer {
  /** Never rejects. `id` stays the same over all tries, and so does the message's own id. */
  send(message: { id: string; to: string; event: TicketCloudEvent }): Promise<Outcome>;
  close(): void;
}

const noServer: Outcome = {
  kind: 'waiting',
  status: null,
  detail: 'no SMTP_URL is set: it waits until there is one',
  retryAfter: 60,
};

/** Mail over SMTP; without a server e-mails wait visibly. */
export function createMailer(smtpUrl: string | null, from: string, publicUrl: string): Mailer {
  if (smtpUrl === null) return { send: () => Promise.resolve(noServer), close: () => {} };
  const transport = createTransport(
    {
      url: smtpUrl,
      pool: true,
      maxConnections: 2,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
    },
    { from },
  );
  return {
    async send({ id, to, event }) {
      const { subject, text } = emailText(event, publicUrl);
      try {
        await transport.sendMail({
          to: { name: '', address: to },
          subject,
          text,
          messageId: `<${id}@ringback>`,
          references: [`<ticket-${event.subject}@ringback>`],
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        return delivered(250);
      } catch (error) {
        const { responseCode, message } = error as { responseCode?: number; message: string };
        return failed(message.slice(0, 300), responseCode ?? null);
      }
    },
    close: () => transport.close(),
  };
}
