import { eventually, type Mailbox, startMailbox } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { breach, type NotificationServer, startNotification } from '../../testing/notification-server.ts';

let mailbox: Mailbox;
let server: NotificationServer;

beforeAll(async () => {
  mailbox = await startMailbox();
  server = await startNotification({
    SMTP_URL: mailbox.url,
    MAIL_FROM: 'Desk <desk@provider.example>',
  });
});
afterAll(async () => {
  await server.stop();
  await mailbox.close();
});

describe('a breach by e-mail', () => {
  it('names the ticket and the promise, and is marked as sent by a machine', async () => {
    const { id } = await server.subscribe({ channel: 'email', email: 'ops@provider.example' });
    const ticket = await server.openTicket();
    await server.append(ticket, breach());
    await eventually(() => mailbox.mails.length === 1);
    const [{ to, text } = { to: [], text: '' }] = mailbox.mails;
    expect(to).toEqual(['ops@provider.example']);
    expect(text).toContain('Auto-Submitted: auto-generated');
    expect(text).toContain('From: Desk <desk@provider.example>');
    expect(text).toMatch(/Message-ID: <[0-9a-f-]{36}@provider\.example>/);
    expect(text).toContain('The promise for the response is broken: it was due by');
    await server.define('subscription', id, 'SubscriptionRemoved', {});
  });

  it('that is greylisted is tried again', async () => {
    mailbox.refusals = 1;
    mailbox.mails.splice(0);
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
    await eventually(() => mailbox.mails.length === 1);
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
