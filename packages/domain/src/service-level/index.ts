export * from './attainment/index.ts';
export * from './calendar/index.ts';
export { catalogProblems } from './catalog-check.ts';
export { toClockEvents } from './clock-events.ts';
export {
  ClockRepresentation,
  JudgedClockRepresentation,
  representClock,
  representJudgedClock,
} from './clock-representation.ts';
export { decideServiceLevel, type ServiceLevelQuestion } from './decide-service-level.ts';
export { type Evaluation, evaluate, type ServiceLevelHistory } from './evaluate.ts';
export { type Explanation, explain } from './explain.ts';
export { ExplanationRepresentation, representExplanation } from './explanation-representation.ts';
export { toInstant, toMilliseconds } from './instant-text.ts';
export type { CalendarEntry, LedgerSegment } from './ledger.ts';
export { catalogCalendar, compilePlan, type PlanException } from './plan.ts';
export { type JudgedClock, judge } from './present-plan.ts';
export { SimulationRequest, SimulationResponse, simulate } from './simulate.ts';
export * from './types.ts';
