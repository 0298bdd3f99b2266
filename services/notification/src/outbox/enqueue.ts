import type { TicketCloudEvent, TicketEvent } from '@ringback/domain/ticket';
import type { PoolClient } from 'pg';
import type { Channels } from '../channels/channel.ts';
import type { Follower } from '../told/told-alarms.ts';
import { addresseeText } from './addressee.ts';

/** A recipient gets an event once: what is queued already stays as it is. */
export async function enqueue(
  transaction: PoolClient,
  event: TicketEvent,
  recipients: Follower[],
  payload: TicketCloudEvent,
  channels: Channels,
): Promise<void> {
  await transaction.query(
    `insert into notification.notifications (subscription_id, channel, target, host, follows, event_id, event_type,
       ticket_id, position, payload)
     select r.subscription_id, r.channel, r.target, r.host, r.follows, $6, $7, $8, $9, $10
     from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[])
       as r (subscription_id, channel, target, host, follows)
     on conflict (subscription_id, channel, event_id) do nothing`,
    [
      recipients.map(({ addressee }) => addresseeText(addressee)),
      recipients.map(({ channel }) => channel),
      recipients.map(({ target }) => target),
      recipients.map(({ channel, target }) => channels[channel].hostOf(target)),
      recipients.map(({ follows }) => follows),
      event.id,
      event.type,
      event.ticketId,
      event.position,
      JSON.stringify(payload),
    ],
  );
}
