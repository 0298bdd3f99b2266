/**
 * Fires once, at an instant, on one of n instances, within milliseconds and never early.
 *
 * A service adds its kinds to one schedule. A kind is a table of items (`key`, `due_at`) and an effect. The service puts,
 * moves and removes items in its own transactions; the schedule reads the next seconds into memory, shares the items out
 * among the instances, and calls the effect when an item's millisecond is over by the database's clock.
 *
 * What it guarantees: an item is fired for as long as it is in the table, at the latest seconds after its instance ended
 * or its wake-up was lost. That its effect happens once is the effect's own condition: `fireInTransaction` deletes the item
 * with the effect; an effect on the log expects the stream's version.
 */
export { lastWholeMillisecond, type TimerClock } from './clock.ts';
export type { Again, Due } from './due.ts';
export { fireInTransaction } from './firing/fire-in-transaction.ts';
export type { Fired, Firing, ItemTable, KeyType, Kind, OverdueReason } from './kind.ts';
export { kindMigration, scheduleMigrations } from './migrations.ts';
export { createSchedule, type Schedule, type ScheduleOptions } from './schedule.ts';
export type { ScheduledKind, StuckItem } from './scheduled-kind.ts';
export { shardCount } from './shards/shard.ts';
