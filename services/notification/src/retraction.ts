import type { TicketEvent } from '@ringback/domain/ticket';
import type { Pool, PoolClient } from 'pg';
import type { Definitions } from './definitions.ts';
import { type Recipient, wantedTypes } from './recipients.ts';

type Retraction = TicketEvent & { type: 'SlaBreachRetracted' };

/** A recipient who may be told only once another notification is out of hand. */
export interface Follower extends Recipient {
  follows: string | null;
}

interface Told extends Recipient {
  id: string;
  /** It reached its receiver, or is on its way, or may have arrived unconfirmed. */
  may_have_arrived: boolean;
}

const breachesTold = `
  select id, subscription_id as "subscriptionId", channel, target,
    state = 'delivered' or may_have_arrived or leased_until is not null as may_have_arrived
  from notification.notifications
  where ticket_id = $1 and event_type = 'SlaBreached' and payload->'data'->>'objective' = $2
    and (payload->'data'->>'occurrence')::int = $3 and payload->'data'->>'breachedAt' = $4
    and state <> 'superseded'
  order by id for update`;

/**
 * Who is to hear that a breach is taken back: exactly those whom the breach may have reached, after it. Where it
 * certainly has not, it is superseded: neither is sent. A subscription that asks for retractions and not for breaches
 * hears of every one.
 */
export async function retract(
  { ticketId, type, data: { objective, occurrence, breachedAt } }: Retraction,
  interested: Recipient[],
  { subscriptions }: Definitions,
  transaction: PoolClient,
): Promise<Follower[]> {
  const { rows } = await transaction.query<Told>(breachesTold, [ticketId, objective, occurrence, breachedAt]);
  const untold = rows.filter((row) => !row.may_have_arrived).map(({ id }) => id);
  await supersede(transaction, untold);
  const asking = new Set(
    subscriptions.flatMap((subscription) => {
      const types = wantedTypes(subscription);
      return types.includes(type) && !types.includes('SlaBreached') ? [subscription.id] : [];
    }),
  );
  return [
    ...rows
      .filter((row) => row.may_have_arrived)
      .map(({ id, subscriptionId, channel, target }) => ({ subscriptionId, channel, target, follows: id })),
    ...interested
      .filter(({ subscriptionId }) => asking.has(subscriptionId))
      .map((recipient) => ({ ...recipient, follows: null })),
  ];
}

const supersededDetail = 'the breach was taken back before anybody was told of it';

async function supersede(transaction: PoolClient, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await transaction.query(
    `update notification.notifications set state = 'superseded', detail = $2 where id = any ($1::uuid[])`,
    [ids, supersededDetail],
  );
}

/**
 * A breach that was under way while it was taken back has failed without reaching anybody: there is nothing to take
 * back, and nothing more to try. A statement of its own, so that it sees a retraction that was queued a moment ago.
 */
export async function supersedeUntold(pool: Pool, breachId: string): Promise<void> {
  await pool.query(
    `with untold as (
       select b.id from notification.notifications b
       where b.id = $1 and b.state <> 'delivered' and not b.may_have_arrived
         and exists (select from notification.notifications f where f.follows = b.id)
     )
     update notification.notifications n set state = 'superseded', detail = $2
     from untold where n.id = untold.id or (n.follows = untold.id and n.state in ('pending', 'waiting'))`,
    [breachId, supersededDetail],
  );
}
