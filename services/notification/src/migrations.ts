export const notificationMigrations = [
  {
    name: '001-notifications',
    sql: `
      create table notification.notifications (
        id uuid primary key default gen_random_uuid(),
        subscription_id text not null,
        channel text not null,
        target text not null,
        secret text,
        event_id uuid not null,
        event_type text not null,
        ticket_id text not null,
        position bigint not null,
        payload jsonb not null,
        state text not null default 'pending',
        attempts integer not null default 0,
        next_attempt_at timestamptz(3) not null default clock_timestamp(),
        leased_until timestamptz(3),
        created_at timestamptz(3) not null default clock_timestamp(),
        delivered_at timestamptz(3),
        detail text,
        -- Nobody is told the same thing twice by the same subscription.
        unique (subscription_id, channel, event_id)
      );
      create index notifications_due on notification.notifications (next_attempt_at) where state = 'pending';
      create index notifications_listed on notification.notifications (position desc, id);
      create index notifications_ticket on notification.notifications (ticket_id);

      create table notification.attempts (
        notification_id uuid not null references notification.notifications on delete cascade,
        attempt integer not null,
        started_at timestamptz(3) not null,
        milliseconds integer not null,
        outcome text not null,
        status integer,
        detail text,
        primary key (notification_id, attempt, started_at)
      );
    `,
  },
  {
    name: '002-lanes',
    sql: `
      -- The target and its secret are the subscription's of the moment, not those of the day of the event.
      alter table notification.notifications
        add column host text,
        -- Deliveries of one lane wait for each other, those of others do not.
        add column lane text not null generated always as (subscription_id || ' ' || channel) stored,
        add column lease_owner uuid,
        -- Unconfirmed, and yet the receiver may have it.
        add column may_have_arrived boolean not null default false,
        -- A retraction is not sent before the breach that it takes back is out of hand.
        add column follows uuid references notification.notifications,
        add column first_attempt_at timestamptz(3),
        drop column secret;
      update notification.notifications set host = case channel when 'email' then 'smtp'
        else coalesce(substring(target from '^https?://([^/?#]+)'), '') end;
      alter table notification.notifications alter column host set not null;

      drop index notification.notifications_due;
      drop index notification.notifications_listed;
      create index notifications_due on notification.notifications (lane, next_attempt_at)
        where state in ('pending', 'waiting');
      create index notifications_leased on notification.notifications (leased_until) where leased_until is not null;
      create index notifications_open on notification.notifications (state, subscription_id)
        where state in ('pending', 'waiting', 'dead');
      create index notifications_follow on notification.notifications (follows) where follows is not null;
      create index notifications_listed on notification.notifications (position desc, id desc);
      create index notifications_of_subscription on notification.notifications
        (subscription_id, position desc, id desc);
    `,
  },
  {
    name: '003-unfinished-tries',
    sql: `
      -- Tries that were counted before they were made and have not ended: the process did.
      alter table notification.notifications add column unfinished smallint not null default 0;
      create index notifications_unfinished on notification.notifications (unfinished) where unfinished > 0;
    `,
  },
  {
    name: '004-notifications-by-age',
    sql: `
      -- They are stored in the order of their age, so a block range index finds the old ones, and costs nothing.
      create index notifications_created on notification.notifications using brin (created_at);
    `,
  },
];
