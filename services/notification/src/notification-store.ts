import type { TicketCloudEvent } from '@ringback/domain/ticket';
import type { Pool } from 'pg';
import type { Outcome } from './outcome.ts';

export const notificationStates = ['pending', 'delivered', 'dead', 'superseded'] as const;
export type NotificationState = (typeof notificationStates)[number];

export interface LeasedNotification {
  id: string;
  channel: 'webhook' | 'email';
  target: string;
  secret: string | null;
  payload: TicketCloudEvent;
  attempts: number;
}

export interface NotificationRecord {
  id: string;
  subscriptionId: string;
  channel: string;
  target: string;
  eventId: string;
  eventType: string;
  ticketId: string;
  position: number;
  state: NotificationState;
  attempts: number;
  nextAttemptAt: string | null;
  createdAt: string;
  deliveredAt: string | null;
  detail: string | null;
}

interface Row {
  id: string;
  subscription_id: string;
  channel: 'webhook' | 'email';
  target: string;
  secret: string | null;
  event_id: string;
  event_type: string;
  ticket_id: string;
  position: string;
  payload: TicketCloudEvent;
  state: NotificationState;
  attempts: number;
  next_attempt_at: Date;
  created_at: Date;
  delivered_at: Date | null;
  detail: string | null;
}

const leaseSeconds = 60;

/**
 * Takes what is due, at most `limit` and at most `perTarget` of any one target, so that a dead one holds up nobody
 * else. Leased, not locked: whoever dies with it in hand loses it when the lease runs out.
 */
export async function leaseNotifications(
  pool: Pool,
  limit: number,
  perTarget: number,
): Promise<LeasedNotification[]> {
  const { rows } = await pool.query<Row>({
    name: 'notification-lease-1',
    text: `with due as (
        select id, target, next_attempt_at, row_number() over (partition by target order by next_attempt_at) as nth
        from notification.notifications
        where state = 'pending' and next_attempt_at <= clock_timestamp()
          and (leased_until is null or leased_until < clock_timestamp())
      ), chosen as (
        select n.id from notification.notifications n join due on due.id = n.id
        where due.nth <= $2 and (n.leased_until is null or n.leased_until < clock_timestamp())
        order by due.next_attempt_at limit $1 for update of n skip locked
      )
      update notification.notifications n
      set leased_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
      from chosen where n.id = chosen.id returning n.*`,
    values: [limit, perTarget],
  });
  return rows.map(({ id, channel, target, secret, payload, attempts }) => ({
    id,
    channel,
    target,
    secret,
    payload,
    attempts,
  }));
}

/** When the next notification is due, epoch milliseconds by the database's clock; null when none waits. */
export async function nextDue(pool: Pool): Promise<number | null> {
  const { rows } = await pool.query<{ at: Date | null }>(
    `select min(greatest(next_attempt_at, coalesce(leased_until, next_attempt_at))) as at
     from notification.notifications where state = 'pending'`,
  );
  return rows[0]?.at?.getTime() ?? null;
}

export interface Attempt {
  startedAt: string;
  milliseconds: number;
  outcome: Outcome;
}

/** Records a try and what follows from it: the end, or the next try in `delay` seconds. */
export async function recordAttempt(
  pool: Pool,
  id: string,
  { startedAt, milliseconds, outcome }: Attempt,
  next: { state: NotificationState; delay: number; countsAsTry: boolean },
): Promise<void> {
  await pool.query(
    `with changed as (
       update notification.notifications set state = $2, attempts = attempts + $4,
         next_attempt_at = clock_timestamp() + make_interval(secs => $3), leased_until = null, detail = $5,
         delivered_at = case when $2 = 'delivered' then clock_timestamp() end
       where id = $1 and state = 'pending' returning attempts
     )
     insert into notification.attempts (notification_id, attempt, started_at, milliseconds, outcome, status, detail)
     select $1, attempts, $6, $7, $8, $9, $5 from changed where $4 = 1`,
    [
      id,
      next.state,
      next.delay,
      next.countsAsTry ? 1 : 0,
      outcome.detail,
      startedAt,
      Math.round(milliseconds),
      outcome.kind,
      outcome.status,
    ],
  );
}

export interface NotificationFilter {
  state?: NotificationState | undefined;
  subscriptionId?: string | undefined;
  ticketId?: string | undefined;
}

/** The latest first. */
export async function listNotifications(
  pool: Pool,
  { state, subscriptionId, ticketId }: NotificationFilter,
  before: { position: number; id: string } | null,
  limit: number,
): Promise<NotificationRecord[]> {
  const { rows } = await pool.query<Row>(
    `select * from notification.notifications
     where ($1::text is null or state = $1) and ($2::text is null or subscription_id = $2)
       and ($3::text is null or ticket_id = $3) and ($4::bigint is null or (position, id) < ($4, $5::uuid))
     order by position desc, id desc limit $6`,
    [
      state ?? null,
      subscriptionId ?? null,
      ticketId ?? null,
      before?.position ?? null,
      before?.id ?? null,
      limit,
    ],
  );
  return rows.map(represent);
}

export async function readNotification(pool: Pool, id: string) {
  const { rows } = await pool.query<Row>('select * from notification.notifications where id = $1', [id]);
  if (rows[0] === undefined) return null;
  const { rows: attempts } = await pool.query<{
    attempt: number;
    started_at: Date;
    milliseconds: number;
    outcome: string;
    status: number | null;
    detail: string | null;
  }>('select * from notification.attempts where notification_id = $1 order by started_at', [id]);
  return {
    ...represent(rows[0]),
    tries: attempts.map(({ attempt, started_at, milliseconds, outcome, status, detail }) => ({
      attempt,
      startedAt: started_at.toISOString(),
      milliseconds,
      outcome,
      status,
      detail,
    })),
  };
}

/** Sends dead ones again, from the first try on. Answers how many. */
export async function replayNotifications(
  pool: Pool,
  filter: { id?: string; subscriptionId?: string | undefined },
): Promise<number> {
  const { rowCount } = await pool.query(
    `update notification.notifications set state = 'pending', attempts = 0, next_attempt_at = clock_timestamp(),
       leased_until = null
     where state = 'dead' and ($1::uuid is null or id = $1) and ($2::text is null or subscription_id = $2)`,
    [filter.id ?? null, filter.subscriptionId ?? null],
  );
  return rowCount ?? 0;
}

/** The receiver wants no more: what waits for it is dead, visibly, until somebody replays it. */
export async function endTarget(pool: Pool, target: string, detail: string): Promise<void> {
  await pool.query(
    `update notification.notifications set state = 'dead', detail = $2, leased_until = null
     where target = $1 and state = 'pending'`,
    [target, detail],
  );
}

export async function countByState(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    'select state, count(*)::int as count from notification.notifications group by state',
  );
  return new Map(rows.map(({ state, count }) => [state, count]));
}

function represent(row: Row): NotificationRecord {
  return {
    id: row.id,
    subscriptionId: row.subscription_id,
    channel: row.channel,
    target: row.target,
    eventId: row.event_id,
    eventType: row.event_type,
    ticketId: row.ticket_id,
    position: Number(row.position),
    state: row.state,
    attempts: row.attempts,
    nextAttemptAt: row.state === 'pending' ? row.next_attempt_at.toISOString() : null,
    createdAt: row.created_at.toISOString(),
    deliveredAt: row.delivered_at?.toISOString() ?? null,
    detail: row.detail,
  };
}
