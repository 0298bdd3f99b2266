import type { Pool, PoolClient } from 'pg';
import { parseAddressee } from '../outbox/addressee.ts';
import type { Recipient } from '../outbox/recipients.ts';

/** A recipient who may be told only once another notification is out of hand. */
export interface Follower extends Recipient {
  follows: string | null;
}

/** Which alarms of a ticket. */
export interface AlarmFilter {
  ticketId: string;
  eventType: 'SlaTargetMissed' | 'SlaBreached';
  objective: string;
  occurrence: number;
  /** Of a breach; null: whichever. */
  breachedAt: string | null;
}

interface Told extends Omit<Recipient, 'addressee'> {
  subscription_id: string;
  id: string;
  /** It reached its receiver, or is on its way, or may have arrived unconfirmed. */
  may_have_arrived: boolean;
}

const alarmsTold = `
  select n.id, n.subscription_id, n.channel, n.target,
    n.state = 'delivered' or n.may_have_arrived or n.leased_until is not null as may_have_arrived
  from notification.notifications n
  where n.ticket_id = $1 and n.event_type = $2 and n.payload->'data'->>'objective' = $3
    and (n.payload->'data'->>'occurrence')::int = $4
    and ($5::text is null or n.payload->'data'->>'breachedAt' = $5)
    and n.state <> 'superseded' and ($6 or not exists (
      select from notification.notifications f where f.follows = n.id))
  order by n.id for update of n`;

/**
 * Those whom alarms may have reached, each to be told what follows after the alarm itself. Where an alarm certainly
 * has reached no one it is superseded: neither is sent. `again`: also those who were told of something that follows.
 */
export async function followAlarms(
  { ticketId, eventType, objective, occurrence, breachedAt }: AlarmFilter,
  again: boolean,
  transaction: PoolClient,
): Promise<Follower[]> {
  const { rows } = await transaction.query<Told>(alarmsTold, [
    ticketId,
    eventType,
    objective,
    occurrence,
    breachedAt,
    again,
  ]);
  await supersede(
    transaction,
    rows.filter((row) => !row.may_have_arrived).map(({ id }) => id),
  );
  return rows
    .filter((row) => row.may_have_arrived)
    .map(({ id, subscription_id, channel, target }) => ({
      addressee: parseAddressee(subscription_id),
      channel,
      target,
      follows: id,
    }));
}

const supersededDetail = 'it was taken back, or overtaken by an amended plan, before anybody was told of it';

async function supersede(transaction: PoolClient, ids: string[]): Promise<void> {
  if (ids.length === 0) return;
  await transaction.query(
    `update notification.notifications set state = 'superseded', detail = $2 where id = any ($1::uuid[])`,
    [ids, supersededDetail],
  );
}

/**
 * An alarm that was under way while it was taken back or overtaken has failed without reaching anybody: there is
 * nothing to correct, and nothing more to try. A statement of its own, so that it sees what was queued a moment ago.
 */
export async function supersedeUntold(pool: Pool, alarmId: string): Promise<void> {
  await pool.query(
    `with untold as (
       select a.id from notification.notifications a
       where a.id = $1 and a.state <> 'delivered' and not a.may_have_arrived
         and exists (select from notification.notifications f where f.follows = a.id)
     )
     update notification.notifications n set state = 'superseded', detail = $2
     from untold where n.id = untold.id or (n.follows = untold.id and n.state in ('pending', 'waiting'))`,
    [alarmId, supersededDetail],
  );
}
