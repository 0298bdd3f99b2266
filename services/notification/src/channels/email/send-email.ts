import { createTransport } from 'nodemailer';
import type { Logger } from 'pino';
import { type DeliveryOutcome, delivered, failed } from '../../delivery/outcome.ts';
import type { EmailText } from './email-text.ts';

interface EmailMessage extends EmailText {
  /** Stays the same over all tries, and so does the message's own id. */
  id: string;
  to: string;
  /** The thread it belongs to; null: none. */
  ticketId: string | null;
}

export interface Mailer {
  /** Never rejects. */
  send(message: EmailMessage): Promise<DeliveryOutcome>;
  close(): void;
}

/** Faults before the message was out, by the mailer's code or the system's. */
const beforeSending = new Set([
  'EDNS',
  'ETLS',
  'EAUTH',
  'ENOAUTH',
  'EENVELOPE',
  'ECONFIG',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
]);
/** The server spoke about this message, not about us or itself. */
const aboutMessage = new Set(['EENVELOPE', 'EMESSAGE']);

/** Mail over SMTP, at most `connections` at a time; null without a server. */
export function createMailer(
  smtpUrl: string | null,
  from: string,
  connections: number,
  logger: Logger,
): Mailer | null {
  if (smtpUrl === null) return null;
  const domain = domainOf(from);
  const transport = createTransport(
    {
      url: smtpUrl,
      pool: true,
      maxConnections: connections,
      // Each try is ours to make and to record.
      maxRequeues: 0,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 20_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    },
    { from },
  );
  // Of no message in hand, such as one of a connection at rest; unheard, it would end the process.
  transport.on('error', (error) => logger.warn({ err: error }, 'the mail server’s connection broke'));
  return {
    async send({ id, to, ticketId, subject, text, html }) {
      // No one sends a message of this id: it only ties those of a ticket together (RFC 5322, 3.6.4).
      const thread = ticketId === null ? null : `<ticket-${ticketId}@${domain}>`;
      try {
        await transport.sendMail({
          to: { name: '', address: to },
          subject,
          text,
          html,
          messageId: `<${id}@${domain}>`,
          ...(thread === null ? {} : { inReplyTo: thread, references: [thread] }),
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
        return delivered(250);
      } catch (error) {
        return judge(error as SmtpError);
      }
    },
    close: () => transport.close(),
  };
}

interface SmtpError extends Error {
  code?: string;
  originalCode?: string;
  responseCode?: number;
}

/** A 5xx about the message itself is final (RFC 5321, 4.2.1); a 4xx, as of greylisting, and any other fault pass. */
function judge({ code = '', originalCode = '', responseCode, message }: SmtpError): DeliveryOutcome {
  const status = responseCode ?? null;
  const isFinal = status !== null && status >= 500 && aboutMessage.has(code);
  return failed(message, {
    kind: isFinal ? 'refused' : 'failed',
    status,
    mayHaveArrived: status === null && !beforeSending.has(code) && !beforeSending.has(originalCode),
  });
}

function domainOf(from: string): string {
  return /@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
}
