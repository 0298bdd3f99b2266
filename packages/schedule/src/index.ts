/** Fires once, at an instant, on one of n instances. */
export { createTimerClock, lastWholeMillisecond, type TimerClock } from './clock.ts';
export type { Due } from './due.ts';
export { createLookAhead, type LookAhead } from './look-ahead.ts';
export { shardCount, shardOf, shardOfSql } from './shard.ts';
export { createShardLeases, type ShardLeases } from './shard-leases.ts';
export { createTimer, type Timer } from './timer.ts';
