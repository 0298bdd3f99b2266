import { SMTPServer } from 'smtp-server';

interface Mail {
  to: string[];
  /** As it came: headers and encoded parts. */
  text: string;
}

export interface Mailbox {
  /** For `SMTP_URL`. */
  url: string;
  mails: Mail[];
  /** How many recipients it still refuses for now, as greylisting does. */
  refusals: number;
  close(): Promise<void>;
}

/** A mail server on loopback that takes everything. */
export async function startMailbox(): Promise<Mailbox> {
  const mails: Mail[] = [];
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, _session, done) {
      mailbox.refusals -= 1;
      const refusal = Object.assign(new Error('greylisted, come back later'), { responseCode: 451 });
      done(mailbox.refusals >= 0 ? refusal : null);
    },
    onData(stream, session, done) {
      let text = '';
      stream.on('data', (chunk) => {
        text += chunk;
      });
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
        done();
      });
    },
  });
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', resolve));
  const { port } = smtp.server.address() as { port: number };
  const mailbox: Mailbox = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    refusals: 0,
    close: () => new Promise<void>((resolve) => smtp.close(() => resolve())),
  };
  return mailbox;
}
