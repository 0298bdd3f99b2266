import type { Metric } from '../../ticket/index.ts';
import { evaluate } from '../clocks/evaluate.ts';
import { compilePlan, type PlanException } from '../clocks/plan.ts';
import { explain } from '../explanation/explain.ts';
import type { ClockEvent, PlanInForce } from '../types.ts';
import { shippedCatalogs } from './shipped-catalogs.ts';

/** An event's type, its instant, and what its kind carries; `dueAt` as an instant's text. */
export type Line = [
  type: ClockEvent['type'],
  at: string,
  more?: Omit<Partial<ClockEvent>, 'dueAt'> & { dueAt?: string },
];

/** Events with the ids `1:TicketOpened`, `2:…` in the order given. */
export function clockEvents(priority: string, lines: readonly Line[]): ClockEvent[] {
  return lines.map(([type, at, { dueAt, ...more } = {}], index) => ({
    id: `${index + 1}:${type}`,
    type,
    at: Date.parse(at),
    ...(type === 'TicketOpened' ? { priority, covered: true } : {}),
    ...more,
    ...(dueAt === undefined ? {} : { dueAt: Date.parse(dueAt) }),
  }));
}

/** The plan as known at the opening, then with each exception from the instant at which it was announced. */
function plansInForce(
  plan: string,
  announced: readonly [at: string, exception: PlanException][] = [],
): PlanInForce[] {
  const [id = '', name = ''] = plan.split('/');
  const catalog = shippedCatalogs.get(id);
  if (catalog === undefined) throw new Error(`no catalog ${id}`);
  const first = { from: Number.NEGATIVE_INFINITY, plan: compilePlan(catalog, name), cause: null };
  return [
    first,
    ...announced.map(([at, { calendar, date }], index) => ({
      from: Date.parse(at),
      plan: compilePlan(
        catalog,
        name,
        announced.slice(0, index + 1).map(([, exception]) => exception),
      ),
      cause: {
        kind: 'calendar-exception' as const,
        id: `${id}/${calendar}/${date}`,
        position: 100 + index,
      },
    })),
  ];
}

/** The explanation of a clock of a ticket under `catalog/plan`. Throws when there is no such clock. */
export function explained(
  plan: string,
  priority: string,
  lines: readonly Line[],
  asOf: string,
  objective: Metric,
  announced: readonly [at: string, exception: PlanException][] = [],
) {
  const question = {
    plans: plansInForce(plan, announced),
    events: clockEvents(priority, lines),
    asOf: Date.parse(asOf),
  };
  const explanation = explain({ ...question, objective });
  if (explanation === null) throw new Error(`no clock ${objective}`);
  return explanation;
}

/** All clocks of a ticket under `catalog/plan`, and the thresholds that are still ahead. */
export function evaluated(plan: string, priority: string, lines: readonly Line[], asOf: string) {
  return evaluate({
    plans: plansInForce(plan),
    events: clockEvents(priority, lines),
    asOf: Date.parse(asOf),
  });
}
