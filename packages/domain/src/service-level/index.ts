export * from './attainment/index.ts';
export * from './calendar/index.ts';
export { catalogProblems } from './catalog-check.ts';
export { toClockEvents } from './clocks/clock-events.ts';
export {
  ClockRepresentation,
  JudgedClockRepresentation,
  representClock,
  representJudgedClock,
} from './clocks/clock-representation.ts';
export { compileAhead } from './clocks/compile-ahead.ts';
export { decideServiceLevel, type ServiceLevelQuestion } from './clocks/decide-service-level.ts';
export { type Evaluation, evaluate, type ServiceLevelHistory } from './clocks/evaluate.ts';
export { catalogCalendar, compilePlan, type PlanException } from './clocks/plan.ts';
export { type JudgedClock, judge } from './clocks/present-plan.ts';
export { type Explanation, explain } from './explanation/explain.ts';
export { ExplanationRepresentation, representExplanation } from './explanation/explanation-representation.ts';
export type { CalendarEntry, LedgerSegment } from './explanation/ledger.ts';
export { toInstant, toMilliseconds } from './instant-text.ts';
export { SimulationRequest, SimulationResponse, simulate } from './simulate.ts';
export * from './types.ts';
