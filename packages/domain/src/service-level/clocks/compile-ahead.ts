import { pageNumber, pageTotal } from '../calendar/compiled-calendar.ts';
import type { EpochMilliseconds, PlanInForce } from '../types.ts';
import type { CompiledTerms } from './plan.ts';

/**
 * Compiles what a question that reaches from `from` to `until` will need of the plans' calendars, and yields after each
 * 398 days: a decade of holidays takes tens of milliseconds, and a server has others to answer in between. What is
 * compiled already costs nothing. Ends early beyond the years that the product knows.
 */
export function* compileAhead(
  plans: readonly PlanInForce[],
  from: EpochMilliseconds,
  until: EpochMilliseconds,
): Generator<void> {
  const calendars = new Set(plans.flatMap(({ plan }) => (plan as CompiledTerms).calendars()));
  for (const calendar of calendars) {
    const last = Math.min(pageNumber(until), calendar.totals.length - 1);
    for (let page = Math.max(0, pageNumber(from)); page <= last; page += 1) {
      if (!Number.isNaN(calendar.totals[page])) continue;
      pageTotal(calendar, page);
      yield;
    }
  }
}
