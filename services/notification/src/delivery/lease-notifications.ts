import type { NotificationChannel } from '@ringback/domain/administration';
import type { TicketCloudEvent } from '@ringback/domain/ticket';
import type { Pool } from 'pg';
import { parseAddressee } from '../outbox/addressee.ts';
import type { LeasedNotification } from './notification.ts';

/** What this instance has in hand, and how much more it may take. */
export interface Capacity {
  /** Random per process. */
  owner: string;
  /** The channels that can send from here: what waits for one of them is due. */
  ready: readonly NotificationChannel[];
  free: number;
  perHost: number;
  perLane: number;
  hosts: ReadonlyMap<string, number>;
  lanes: ReadonlyMap<string, number>;
}

/** The lanes that have something to send, found by skipping from one to the next on the index. */
const openLanes = `
  with recursive lanes as (
    (select lane from notification.notifications where state in ('pending', 'waiting') order by lane limit 1)
    union all
    select (select n.lane from notification.notifications n
            where n.state in ('pending', 'waiting') and n.lane > lanes.lane order by n.lane limit 1)
    from lanes where lanes.lane is not null
  )`;

/** Of `n`: whether it may be sent as soon as its time has come. `$1`: the channels that are ready. */
const sendable = `
  (n.state = 'pending' or (n.state = 'waiting' and n.channel = any ($1::text[])))
  and not exists (select from notification.notifications f
                  where f.id = n.follows and f.state in ('pending', 'waiting'))`;

interface LeasedRow {
  id: string;
  subscription_id: string;
  channel: NotificationChannel;
  target: string;
  host: string;
  lane: string;
  position: string;
  payload: TicketCloudEvent;
  attempts: number;
  unfinished: number;
  first_attempt_at: Date | null;
}

/** Of `chosen`: counts a try of each before it is made. `$2`: the owner, `$3`: the lease in milliseconds. */
const leaseChosen = `
  update notification.notifications n
  set leased_until = clock_timestamp() + $3::float8 * interval '1 millisecond', lease_owner = $2::uuid,
    attempts = attempts + 1, unfinished = unfinished + 1,
    may_have_arrived = n.may_have_arrived or n.leased_until is not null
  from chosen where n.id = chosen.id
  returning n.id, n.subscription_id, n.channel, n.target, n.host, n.lane, n.position, n.payload, n.attempts,
    n.unfinished, n.first_attempt_at`;

/**
 * Takes what is due, the earliest first, within the bounds of each host and each subscription, so that a receiver that
 * hangs holds up no one else. Leased, not locked: who dies with it in hand loses it when the lease runs out, and from
 * then on no one knows whether it arrived. What an earlier try has not ended is left to `leaseSuspects`.
 */
export async function leaseNotifications(
  pool: Pool,
  { owner, ready, free, perHost, perLane, hosts, lanes }: Capacity,
  leaseMilliseconds: number,
): Promise<LeasedNotification[]> {
  const { rows } = await pool.query<LeasedRow>({
    name: 'notification-lease-4',
    text: `${openLanes}, candidates as (
        select due.id, due.host, due.next_attempt_at,
          row_number() over (partition by due.host order by due.next_attempt_at) as nth
        from lanes
        left join unnest($4::text[], $5::int[]) as busy (lane, count) on busy.lane = lanes.lane
        cross join lateral (
          select n.id, n.host, n.next_attempt_at from notification.notifications n
          where n.lane = lanes.lane and ${sendable} and n.next_attempt_at <= clock_timestamp()
            and (n.leased_until is null or n.leased_until < clock_timestamp()) and n.unfinished = 0
          order by n.next_attempt_at limit greatest($6::int - coalesce(busy.count, 0), 0)
          for update of n skip locked
        ) as due
      ), chosen as (
        select c.id from candidates c
        left join unnest($7::text[], $8::int[]) as busy (host, count) on busy.host = c.host
        where c.nth <= $9::int - coalesce(busy.count, 0)
        order by c.next_attempt_at limit $10::int
      )
      ${leaseChosen}`,
    values: [
      ready,
      owner,
      leaseMilliseconds,
      [...lanes.keys()],
      [...lanes.values()],
      perLane,
      [...hosts.keys()],
      [...hosts.values()],
      perHost,
      free,
    ],
  });
  return rows.map(fromRow);
}

/**
 * Takes notifications of which an earlier try has not ended, so that one of them may have ended the process: a few
 * together after one such try, alone after two, so that the others are not drawn into it.
 */
export async function leaseSuspects(
  pool: Pool,
  { owner, ready, perLane }: Pick<Capacity, 'owner' | 'ready' | 'perLane'>,
  leaseMilliseconds: number,
): Promise<LeasedNotification[]> {
  const { rows } = await pool.query<LeasedRow>({
    name: 'notification-lease-suspects-2',
    text: `with due as (
        select n.id, n.unfinished from notification.notifications n
        where n.unfinished > 0 and ${sendable} and n.next_attempt_at <= clock_timestamp()
          and (n.leased_until is null or n.leased_until < clock_timestamp())
        order by n.unfinished desc, n.next_attempt_at limit $4::int for update of n skip locked
      ), chosen as (
        select id from due where unfinished = (select max(unfinished) from due)
        order by id limit case when (select max(unfinished) from due) > 1 then 1 else $4::int end
      )
      ${leaseChosen}`,
    values: [ready, owner, leaseMilliseconds, perLane],
  });
  return rows.map(fromRow);
}

/** A try that has ended, whose outcome could not be recorded: it must not count against the notification. */
export async function forgetUnfinished(pool: Pool, ids: string[]): Promise<void> {
  await pool.query(
    `update notification.notifications set unfinished = greatest(unfinished - 1, 0)
     where id = any ($1::uuid[]) and state in ('pending', 'waiting')`,
    [ids],
  );
}

function fromRow({
  subscription_id,
  position,
  first_attempt_at,
  unfinished,
  ...row
}: LeasedRow): LeasedNotification {
  return {
    ...row,
    addressee: parseAddressee(subscription_id),
    position: Number(position),
    unfinishedBefore: unfinished - 1,
    isFirstAttempt: first_attempt_at === null,
  };
}

/** Keeps what takes long, such as a mail server that answers slowly. */
export async function renewLeases(
  pool: Pool,
  owner: string,
  ids: string[],
  leaseMilliseconds: number,
): Promise<void> {
  await pool.query(
    `update notification.notifications set leased_until = clock_timestamp() + $3 * interval '1 millisecond'
     where id = any ($2::uuid[]) and lease_owner = $1`,
    [owner, ids, leaseMilliseconds],
  );
}

/**
 * When there may be something to take, epoch milliseconds by the database's clock; null when nothing waits. Lanes and
 * hosts that have all that they may in hand do not count: each that is done asks again. Nor does what an earlier try
 * has not ended: it is looked for now and then.
 */
export async function nextDue(
  pool: Pool,
  { ready, perHost, perLane, hosts, lanes }: Capacity,
): Promise<number | null> {
  const { rows } = await pool.query<{ at: Date | null }>({
    name: 'notification-next-4',
    text: `${openLanes}
      select min(first.next_attempt_at) as at from lanes cross join lateral (
        select n.next_attempt_at from notification.notifications n
        where n.lane = lanes.lane and ${sendable} and n.leased_until is null and n.unfinished = 0
          and n.host <> all ($3::text[])
        order by n.next_attempt_at limit 1) as first
      where lanes.lane <> all ($2::text[])`,
    values: [ready, full(lanes, perLane), full(hosts, perHost)],
  });
  return rows[0]?.at?.getTime() ?? null;
}

const full = (counts: ReadonlyMap<string, number>, most: number): string[] =>
  [...counts].flatMap(([name, count]) => (count >= most ? [name] : []));
