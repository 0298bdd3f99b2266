import type { HoldReason, Metric, TicketEventType } from '../ticket/index.ts';

/** Instants inside the engine are epoch milliseconds (UTC), durations are milliseconds. */
export type EpochMilliseconds = number;

/**
 * A ticket event as the clocks see it. `at` is its `occurredAt`. Equal instants count in the order of recording,
 * which is the order of the array.
 */
export interface ClockEvent {
  /** The id of the recorded event; null in a history that is only computed. */
  id: string | null;
  type: TicketEventType;
  at: EpochMilliseconds;
  /** ClockHeld, ClockReleased. */
  reason?: HoldReason;
  /** TicketOpened, PriorityChanged, CustomerIdentified. */
  priority?: string;
  /** TurnaroundAgreed. */
  dueAt?: EpochMilliseconds;
  /** TicketOpened, CustomerIdentified: false gives no clocks (no plan, or the contract was not active). */
  covered?: boolean;
}

export type ClockStateName = 'breached' | 'met' | 'cancelled' | 'held' | 'target-missed' | 'running';

/** One occurrence of one objective at the asking instant. The meaning of each field: shared vocabulary of the API. */
export interface Clock {
  objective: Metric;
  occurrence: number;
  state: ClockStateName;
  startedAt: EpochMilliseconds;
  targetAt: EpochMilliseconds | null;
  dueAt: EpochMilliseconds | null;
  metAt: EpochMilliseconds | null;
  targetMissedAt: EpochMilliseconds | null;
  breachedAt: EpochMilliseconds | null;
  /** Met or cancelled; null while the clock is open. */
  endedAt: EpochMilliseconds | null;
  /** Since when a hold stops it; null while none does. */
  heldSince: EpochMilliseconds | null;
  served: number;
  remaining: number;
}

export interface Threshold {
  at: EpochMilliseconds;
  objective: Metric;
  occurrence: number;
  kind: 'target' | 'max';
}

/** A plan with its calendars compiled; made by `compilePlan`, opaque to everyone else. */
export interface CompiledPlan {
  readonly catalog: string;
  readonly plan: string;
}

/** A compilation of the plan and the instant from which it counts: a later calendar amends, it does not rewrite. */
export interface PlanInForce {
  /** -Infinity for the one known at the opening, else the instant at which the amendment was recorded. */
  from: EpochMilliseconds;
  plan: CompiledPlan;
  /** What amended it; null for the first. `position` is the log's. */
  cause: { kind: 'calendar-exception' | 'catalog' | 'contract'; id: string; position: number } | null;
}

/** Where the thresholds of a clock lie; null while a hold keeps one away, or where there is none. */
export interface Thresholds {
  targetAt: EpochMilliseconds | null;
  dueAt: EpochMilliseconds | null;
}

/** A deadline that an amendment moved. Of a threshold that was missed before: where it would lie now. */
export interface Replanning {
  objective: Metric;
  occurrence: number;
  at: EpochMilliseconds;
  before: Thresholds;
  after: Thresholds;
  /** Thresholds that were missed before the amendment and would not have been under it. */
  notStanding: Threshold['kind'][];
  cause: NonNullable<PlanInForce['cause']>;
}
