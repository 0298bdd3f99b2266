export const administrationMigrations = [
  {
    name: '001-calendar-feeds',
    sql: `
      -- When each calendar's feed was last read, and the result; the feeds themselves are in the log. Before there was
      -- this service, intake kept the table.
      do $$
      begin
        if to_regclass('intake.calendar_feeds') is not null then
          alter table intake.calendar_feeds set schema administration;
        else
          create table administration.calendar_feeds (
            calendar text primary key,
            url text not null,
            next_read_at timestamptz(3) not null,
            read_at timestamptz(3),
            succeeded_at timestamptz(3),
            detail text,
            added integer not null default 0,
            removed integer not null default 0
          );
        end if;
      end
      $$;
    `,
  },
];
