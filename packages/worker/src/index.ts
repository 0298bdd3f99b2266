/**
 * What every background worker needs, once: a wake-up that is not lost, a loop that can be woken and stopped, a pause
 * that grows with each failure, and leases on rows of PostgreSQL. Knows neither the log nor any service.
 */
export { type BackOff, pauseAfter } from './back-off.ts';
export { createLease, type Lease, type LeaseOptions, type Tenure } from './lease.ts';
export {
  createLeasedRows,
  type LeasedRow,
  type LeasedRows,
  type LeasedRowsOptions,
  type TakenRow,
} from './leased-rows.ts';
export { createLoop, type Loop, type LoopOptions } from './loop.ts';
export { createWake, type Wake } from './wake.ts';
