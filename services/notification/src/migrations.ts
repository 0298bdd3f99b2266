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
];
