import { typesWhere } from '@ringback/domain/ticket';
import type { Pool } from 'pg';
import { supersedeUntold } from '../told/told-alarms.ts';
import type { LeasedNotification, NotificationState } from './notification.ts';
import type { DeliveryOutcome } from './outcome.ts';

export interface Settlement {
  state: NotificationState;
  /** Until the next try, seconds. */
  delay: number;
  detail: string | null;
  target: string;
  host: string;
  /** Its tries have ended the process too often: their number stays, as a mark. */
  setAside?: boolean;
  /** Null: nothing was tried. */
  attempt: { startedAt: string; milliseconds: number; outcome: DeliveryOutcome } | null;
}

const alarms: ReadonlySet<string> = new Set(
  typesWhere(({ clocks: { verdict } }) => verdict === 'warning' || verdict === 'breach'),
);

/**
 * Records what became of a delivery in hand. False when the lease has run out and somebody else has taken it since:
 * then it is theirs, and nothing is recorded.
 */
export async function settleNotification(
  pool: Pool,
  { id, payload }: LeasedNotification,
  owner: string,
  { state, delay, detail, target, host, setAside = false, attempt }: Settlement,
): Promise<boolean> {
  const counts = attempt !== null && attempt.outcome.kind !== 'waiting';
  const { rowCount } = await pool.query({
    name: 'notification-settle-3',
    text: `with settled as (
        update notification.notifications set state = $3, detail = $5, target = $6, host = $7,
          next_attempt_at = clock_timestamp() + $4::float8 * interval '1 second',
          delivered_at = case when $3 = 'delivered' then clock_timestamp() end,
          attempts = attempts - case when $8 then 0 else 1 end, unfinished = case when $14 then unfinished - 1 else 0 end,
          first_attempt_at = coalesce(first_attempt_at, case when $8 then $9::timestamptz end),
          may_have_arrived = may_have_arrived or $13, leased_until = null, lease_owner = null
        where id = $1 and lease_owner = $2 returning id, attempts
      ), lost as (
        update notification.notifications set unfinished = greatest(unfinished - 1, 0)
        where id = $1 and lease_owner is distinct from $2 and state in ('pending', 'waiting')
      ), logged as (
        insert into notification.attempts (notification_id, attempt, started_at, milliseconds, outcome, status, detail)
        select id, attempts, $9::timestamptz, $10::int, $11::text, $12::int, $5 from settled where $8
      )
      select from settled`,
    values: [
      id,
      owner,
      state,
      delay,
      detail,
      target,
      host,
      counts,
      attempt?.startedAt ?? null,
      Math.round(attempt?.milliseconds ?? 0),
      attempt?.outcome.kind ?? null,
      attempt?.outcome.status ?? null,
      attempt?.outcome.mayHaveArrived ?? false,
      setAside,
    ],
  });
  if (alarms.has(payload.type) && state !== 'delivered') await supersedeUntold(pool, id);
  return rowCount === 1;
}

/** Nothing more for a subscription: what waits for it is dead, visibly, until somebody replays it. */
export async function endSubscription(pool: Pool, lane: string, detail: string): Promise<void> {
  await pool.query(
    `with ended as (
       select id from notification.notifications
       where lane = $1 and state in ('pending', 'waiting') and leased_until is null for update skip locked
     )
     update notification.notifications n set state = 'dead', detail = $2 from ended where n.id = ended.id`,
    [lane, detail],
  );
}

/** The receiver asked for a pause, seconds: what waits for it waits at least so long. */
export async function pauseLane(pool: Pool, lane: string, seconds: number): Promise<void> {
  await pool.query(
    `with paused as (
       select id from notification.notifications
       where lane = $1 and state = 'pending' and leased_until is null
         and next_attempt_at < clock_timestamp() + $2::float8 * interval '1 second'
       for update skip locked
     )
     update notification.notifications n
     set next_attempt_at = clock_timestamp() + $2::float8 * interval '1 second'
     from paused where n.id = paused.id`,
    [lane, seconds],
  );
}
