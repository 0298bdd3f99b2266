import type { Clock, PlanInForce } from '../types.ts';
import { evaluate, type ServiceLevelHistory } from './evaluate.ts';

/** A clock, and whether what was missed would have been missed under the plan and the calendars as they are now. */
export interface JudgedClock extends Clock {
  /** Null: the target was not missed. */
  warningWouldStand: boolean | null;
  /** Null: it is not breached. */
  breachWouldStand: boolean | null;
}

/**
 * The clocks of a ticket as `evaluate` gives them, each miss compared with the present plan: an amendment rewrites
 * nothing that was recorded, but a reader learns when a miss would not have happened.
 */
export function judge(history: ServiceLevelHistory): JudgedClock[] {
  const { clocks } = evaluate(history);
  const isAmended = history.plans.some(({ cause }) => cause !== null && cause.kind !== 'contract');
  const isMissed = clocks.some(
    ({ targetMissedAt, breachedAt }) => targetMissedAt !== null || breachedAt !== null,
  );
  const present = isAmended && isMissed ? underPresentPlan(history) : clocks;
  const byKey = new Map(present.map((clock) => [keyOf(clock), clock]));
  return clocks.map((clock) => {
    const now = byKey.get(keyOf(clock));
    return {
      ...clock,
      warningWouldStand: clock.targetMissedAt === null ? null : isSet(now?.targetMissedAt),
      breachWouldStand: clock.breachedAt === null ? null : isSet(now?.breachedAt),
    };
  });
}

/** As if the plan had been what it is now from the opening on; a contract that came to cover the ticket still does. */
function underPresentPlan({ plans, events, asOf }: ServiceLevelHistory): Clock[] {
  const inForce = plans.findLast(({ from }) => from <= asOf);
  if (inForce === undefined) return [];
  const always: PlanInForce[] = plans
    .filter(({ cause, from }) => cause === null || (cause.kind === 'contract' && from <= asOf))
    .map((each) => ({ ...each, plan: inForce.plan }));
  return evaluate({ plans: always, events, asOf }).clocks;
}

const keyOf = ({ objective, occurrence }: Clock): string => `${objective}/${occurrence}`;
const isSet = (instant: number | null | undefined): boolean => instant !== null && instant !== undefined;
