import { eventually } from '@ringback/test-kit';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breach, type NotificationServer, startNotification } from './testing/notification-server.ts';

interface Mail {
  to: string[];
  text: string;
}

const mails: Mail[] = [];
let refusals = 0;
let smtp: SMTPServer;
let server: NotificationServer;

beforeAll(async () => {
  smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onRcptTo(_address, _session, done) {
      refusals -= 1;
      done(
        refusals >= 0 ? Object.assign(new Error('greylisted, come back later'), { responseCode: 451 }) : null,
      );
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
  server = await startNotification({
    SMTP_URL: `smtp://127.0.0.1:${port}`,
    MAIL_FROM: 'Desk <desk@provider.example>',
  });
});
afterAll(async () => {
  await server.stop();
  await new Promise<void>((resolve) => smtp.close(resolve));
});

describe('a breach by e-mail', () => {
  it('names the ticket and the promise, and is marked as sent by a machine', async () => {
    const { id } = await server.subscribe({ channel: 'email', email: 'ops@provider.example' });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(() => mails.length === 1);
    const [{ to, text } = { to: [], text: '' }] = mails;
    expect(to).toEqual(['ops@provider.example']);
    expect(text).toContain('Auto-Submitted: auto-generated');
    expect(text).toContain('From: Desk <desk@provider.example>');
    expect(text).toMatch(/Message-ID: <[0-9a-f-]{36}@provider\.example>/);
    expect(text).toContain('The promise for the response is broken: it was due by');
    await server.define('subscription', id, 'SubscriptionRemoved', {});
  });

  it('that is greylisted is tried again', async () => {
    refusals = 1;
    mails.splice(0);
    await server.subscribe({ channel: 'email', email: 'ops@provider.example' });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(async () => {
      const { body } = await server.client.get(`/v1/notifications?ticketId=${ticket}`);
      expect(body.items[0]).toMatchObject({
        state: 'pending',
        attempts: 1,
        detail: expect.stringContaining('greylisted'),
      });
    });
    await server.database.pool.query(
      'update notification.notifications set next_attempt_at = clock_timestamp() where ticket_id = $1',
      [ticket],
    );
    await eventually(() => mails.length === 1);
  });
});

it('waits, visibly, where there is no server to send by', async () => {
  const silent = await startNotification();
  try {
    await silent.subscribe({ channel: 'email', email: 'ops@provider.example' });
    const ticket = await silent.openTicket();
    await silent.append(ticket, breach());
    await eventually(async () => {
      const { body } = await silent.client.get(`/v1/notifications?ticketId=${ticket}`);
      expect(body.items[0]).toMatchObject({
        state: 'waiting',
        attempts: 0,
        detail: expect.stringContaining('SMTP_URL'),
      });
    });
  } finally {
    await silent.stop();
  }
});
