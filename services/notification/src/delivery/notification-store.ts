import type { NotificationChannel } from '@ringback/domain/administration';
import type { Pool } from 'pg';
import { mostUnfinishedTries, type NotificationState } from './notification.ts';
import type { DeliveryOutcome } from './outcome.ts';

export interface NotificationRecord {
  id: string;
  subscriptionId: string;
  channel: NotificationChannel;
  target: string;
  eventId: string;
  eventType: string;
  ticketId: string;
  position: number;
  state: NotificationState;
  attempts: number;
  nextAttemptAt: string | null;
  createdAt: string;
  firstAttemptAt: string | null;
  deliveredAt: string | null;
  detail: string | null;
}

interface Row {
  id: string;
  subscription_id: string;
  channel: NotificationChannel;
  target: string;
  event_id: string;
  event_type: string;
  ticket_id: string;
  position: string;
  state: NotificationState;
  attempts: number;
  next_attempt_at: Date;
  created_at: Date;
  first_attempt_at: Date | null;
  delivered_at: Date | null;
  detail: string | null;
}

export interface NotificationFilter {
  state?: NotificationState | undefined;
  subscriptionId?: string | undefined;
  ticketId?: string | undefined;
}

/** A try under way has been counted, and is not told before there is an outcome. */
const columns = `id, subscription_id, channel, target, event_id, event_type, ticket_id, position, state,
  attempts - (coalesce(leased_until > clock_timestamp(), false))::int as attempts,
  next_attempt_at, created_at, first_attempt_at, delivered_at, detail`;

/** The latest first. */
export async function listNotifications(
  pool: Pool,
  { state, subscriptionId, ticketId }: NotificationFilter,
  before: { position: number; id: string } | null,
  limit: number,
): Promise<NotificationRecord[]> {
  const { rows } = await pool.query<Row>(
    `select ${columns} from notification.notifications
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

/** Each replay adds the tries of a day. */
const triesListed = 200;

/** A notification and its latest tries; null when there is none with this id. */
export async function readNotification(pool: Pool, id: string) {
  const { rows } = await pool.query<Row>(`select ${columns} from notification.notifications where id = $1`, [
    id,
  ]);
  if (rows[0] === undefined) return null;
  const { rows: attempts } = await pool.query<{
    attempt: number;
    started_at: Date;
    milliseconds: number;
    outcome: DeliveryOutcome['kind'];
    status: number | null;
    detail: string | null;
  }>(
    `select attempt, started_at, milliseconds, outcome, status, detail from (
       select * from notification.attempts where notification_id = $1
       order by started_at desc, attempt desc limit $2) latest
     order by started_at, attempt`,
    [id, triesListed],
  );
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

/** What an operator may send at once: `dead` begins again with its first try, `pending` does not wait for its next. */
export const replayableStates = ['dead', 'pending'] as const;
export type ReplayableState = (typeof replayableStates)[number];

/**
 * Sends at once what is in one of these states, except what is being sent already. Returns how many. One that was set
 * aside has one more try: if that does not end either, it is set aside again.
 */
export async function replayNotifications(
  pool: Pool,
  filter: { id?: string; subscriptionId?: string | undefined; states: readonly ReplayableState[] },
): Promise<number> {
  const { rowCount } = await pool.query(
    `update notification.notifications set state = 'pending', next_attempt_at = clock_timestamp(),
       attempts = case when state = 'dead' then 0 else attempts end,
       unfinished = case when state = 'dead' then least(unfinished, ${mostUnfinishedTries - 1}) else unfinished end
     where state = any ($3::text[]) and leased_until is null
       and ($1::uuid is null or id = $1) and ($2::text is null or subscription_id = $2)`,
    [filter.id ?? null, filter.subscriptionId ?? null, filter.states],
  );
  return rowCount ?? 0;
}

const openStates = ['pending', 'waiting', 'dead'];

/** Of what is not done with: state → number. */
export async function countOpen(pool: Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    `select state, count(*)::int as count from notification.notifications
     where state in ('pending', 'waiting', 'dead') group by state`,
  );
  const counted = new Map(rows.map(({ state, count }) => [state, count]));
  return new Map(openStates.map((state) => [state, counted.get(state) ?? 0]));
}

/** How many are set aside, because sending them ended the process. */
export async function countSetAside(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::int as count from notification.notifications
     where unfinished >= ${mostUnfinishedTries} and state = 'dead'`,
  );
  return rows[0]?.count ?? 0;
}

/** Age of the oldest that is still to be delivered, seconds; 0 when nothing is. */
export async function oldestPending(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ seconds: number | null }>(
    `select extract(epoch from clock_timestamp() - min(created_at))::float8 as seconds
     from notification.notifications where state in ('pending', 'waiting')`,
  );
  return rows[0]?.seconds ?? 0;
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
    firstAttemptAt: row.first_attempt_at?.toISOString() ?? null,
    deliveredAt: row.delivered_at?.toISOString() ?? null,
    detail: row.detail,
  };
}
