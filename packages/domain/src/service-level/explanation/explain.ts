import type { HoldReason, Metric } from '../../ticket/vocabulary.ts';
import { describeRun } from '../clocks/clock-run.ts';
import { type ServiceLevelHistory, walk } from '../clocks/evaluate.ts';
import { reasonsIn } from '../clocks/plan.ts';
import type { Clock, EpochMilliseconds, PlanInForce } from '../types.ts';
import { buildLedger, type LedgerPart, type LedgerSegment } from './ledger.ts';
import { tellClock } from './sentence.ts';

/** What amended the plan of a ticket, and when. */
type Amendment = NonNullable<PlanInForce['cause']> & { at: EpochMilliseconds };

export interface Explanation {
  clock: Clock;
  /** The instant that was asked for. */
  asOf: EpochMilliseconds;
  /**
   * From the opening to the asking instant or the clock's end, without gaps; `counted` adds up to `served`. With a
   * part asked for, that part.
   */
  ledger: LedgerSegment[];
  /** The end of the last segment, where the ledger goes on after it; null: it is the whole of it, or its last part. */
  continuesAt: EpochMilliseconds | null;
  /** What the promise allows, milliseconds of served time. */
  allowed: number;
  /** The hold reasons that stop this clock; any other hold leaves it running. */
  holds: HoldReason[];
  /** What amended the plan from the opening to the asking instant, in order. */
  amendments: Amendment[];
  sentence: string;
}

/** Why a clock stands where it stands; null when the ticket has no such clock. Without an occurrence, the latest. */
export function explain(
  history: ServiceLevelHistory & {
    objective: Metric;
    occurrence?: number | undefined;
    part?: LedgerPart | undefined;
  },
): Explanation | null {
  const clocks = walk(history);
  if (clocks === null || !clocks.covered) return null;
  const { objective, occurrence, asOf, plans } = history;
  const run =
    occurrence === undefined
      ? clocks.runs.findLast((each) => each.objective === objective)
      : clocks.runs.find((each) => each.objective === objective && each.occurrence === occurrence);
  if (run === undefined) return null;
  const clock = describeRun(run, asOf);
  const openedAt = clocks.openedAt ?? run.startedAt;
  const until = run.endedAt ?? asOf;
  const ledger = buildLedger(run, clocks.plan.catalog, openedAt, until, history.part);
  const end = ledger.at(-1)?.to ?? until;
  const replannings = clocks.replannings.filter(
    (each) => each.objective === run.objective && each.occurrence === run.occurrence,
  );
  return {
    clock,
    asOf,
    ledger,
    continuesAt: end < until ? end : null,
    allowed: run.max,
    holds: reasonsIn(run.holds),
    amendments: plans.flatMap(({ from: at, cause }) =>
      cause === null || at < openedAt || at > asOf ? [] : [{ at, ...cause }],
    ),
    sentence: tellClock({ clock, run, replannings, zone: clocks.plan.timeZone, asOf }),
  };
}
