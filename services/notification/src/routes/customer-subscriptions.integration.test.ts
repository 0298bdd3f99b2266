import { newTicketEvent, ticketEventTypes } from '@ringback/domain/ticket';
import { eventually } from '@ringback/test-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { breach, type NotificationServer, startNotification } from '../testing/notification-server.ts';
import { type Receiver, startReceiver } from '../testing/receiver.ts';

let server: NotificationServer;
let receiver: Receiver;
beforeAll(async () => {
  server = await startNotification();
});
afterAll(() => server.stop());
beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  for (const { id } of server.context.directory.subscriptions())
    await server.define('subscription', id, 'SubscriptionRemoved', {});
  await receiver.close();
});

const told = () => receiver.received.map(({ body }) => JSON.parse(body));
const statesOf = async (ticketId: string): Promise<string[]> =>
  (await server.client.get(`/v1/notifications?ticketId=${ticketId}`)).body.items.map(
    ({ eventType, state }: { eventType: string; state: string }) => `${eventType} ${state}`,
  );

describe('a customer’s subscription', () => {
  it('receives nothing between staff, and of the rest what the customer may read', async () => {
    const eventTypes = ticketEventTypes;
    await server.subscribe({ url: receiver.url, customerId: 'bakery', eventTypes });
    const ticket = await server.openTicket('bakery');
    await server.append(ticket, newTicketEvent('NoteAdded', { text: 'They never answer before noon.' }));
    await server.append(ticket, newTicketEvent('TicketAssigned', { assignee: 'emma' }));
    await server.append(ticket, newTicketEvent('ClockHeld', { reason: 'manufacturer', note: 'Mum.' }));
    await eventually(async () =>
      expect(await statesOf(ticket)).toEqual(['ClockHeld delivered', 'TicketOpened delivered']),
    );
    expect(told().map(({ type, data }) => [type, data.note])).toEqual([
      ['TicketOpened', undefined],
      ['ClockHeld', null],
    ]);
  });

  it('receives no more even of what was queued while the subscription was staff’s', async () => {
    const data = { url: receiver.url, eventTypes: ['ClockHeld', 'NoteAdded'] };
    const { id } = await server.subscribe(data);
    const ticket = await server.openTicket('bakery');
    const foreign = await server.openTicket('dentist');
    receiver.answers.splice(0, Number.POSITIVE_INFINITY, { status: 500 });
    await server.append(ticket, newTicketEvent('ClockHeld', { reason: 'manufacturer', note: 'Mum.' }));
    await server.append(ticket, newTicketEvent('NoteAdded', { text: 'They never answer before noon.' }));
    await server.append(foreign, newTicketEvent('ClockHeld', { reason: 'manufacturer', note: 'Mum.' }));
    await eventually(() => expect(told()).toHaveLength(3));
    await eventually(async () => {
      const states = [...(await statesOf(ticket)), ...(await statesOf(foreign))];
      expect(states).toEqual(['NoteAdded pending', 'ClockHeld pending', 'ClockHeld pending']);
    });
    const [present] = server.context.directory.subscriptions();
    const { secret, channel, name, email, enabled } = present ?? {};
    const changed = { ...data, secret, channel, name, email, enabled, customerId: 'bakery' };
    await server.define('subscription', id, 'SubscriptionDefined', changed);
    receiver.answers.splice(0, Number.POSITIVE_INFINITY, { status: 204 });
    await server.database.pool.query(
      'update notification.notifications set next_attempt_at = clock_timestamp() where subscription_id = $1',
      [id],
    );
    await eventually(async () => {
      expect(await statesOf(ticket)).toEqual(['NoteAdded superseded', 'ClockHeld delivered']);
      expect(await statesOf(foreign)).toEqual(['ClockHeld superseded']);
    });
    expect(told().slice(3)).toMatchObject([{ subject: ticket, type: 'ClockHeld', data: { note: null } }]);
  });

  it('receives breaches as staff do: nothing in them is staff’s', async () => {
    await server.subscribe({ url: receiver.url });
    await server.subscribe({ url: receiver.url, customerId: 'bakery' });
    const ticket = await server.openTicket('bakery');
    await server.append(ticket, breach());
    await eventually(() => expect(told()).toHaveLength(2));
    const [one, other] = told();
    expect(one).toEqual(other);
    expect(one).toMatchObject({ type: 'SlaBreached', data: { ticket: { customerId: 'bakery' } } });
  });
});
