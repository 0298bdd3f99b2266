import type { EpochMilliseconds, PlanInForce, Replanning, Thresholds } from '../types.ts';
import type { ClockRun } from './clock-run.ts';
import type { CompiledObjective, CompiledTerms } from './plan.ts';
import { end, retune, startUnlessMet, type TicketClocks, takeTerms } from './ticket-clocks.ts';

/**
 * A calendar, catalog or contract that was amended at `from`: open clocks are re-planned. A breach stays as it was
 * recorded; where its clock is still open, what the amendment would have made of it is noted. A contract that covers the
 * ticket after all brings clocks: their deadlines are planned for the first time.
 */
export function amend(clocks: TicketClocks, { plan, from, cause }: PlanInForce): void {
  clocks.plan = plan as CompiledTerms;
  if (clocks.openedAt === null || cause === null) return;
  clocks.cause = cause.position;
  if (cause.kind === 'contract') {
    clocks.covered = true;
    clocks.runs = [];
    clocks.openRuns = [];
    clocks.latest = {};
    if (!clocks.open) return;
    startUnlessMet(clocks, from);
    for (const run of clocks.runs) {
      const { objective, occurrence } = run;
      const brought = { before: nowhere, after: thresholdsOf(run), notStanding: [] };
      clocks.replannings.push({ objective, occurrence, at: from, ...brought, cause });
    }
    return;
  }
  if (!clocks.open) return;
  for (const run of clocks.runs) {
    if (run.endedAt !== null || run.agreed) continue;
    const replanned = run.breach === null ? replan(clocks, run, from) : replanBreached(clocks, run, from);
    if (replanned === null) continue;
    const { objective, occurrence } = run;
    clocks.replannings.push({ objective, occurrence, at: from, ...replanned, cause });
  }
  if (cause.kind === 'catalog') startUnlessMet(clocks, from);
}

/** Where the thresholds of a clock lie that did not run. */
const nowhere: Thresholds = { targetAt: null, dueAt: null };

type Replanned = Pick<Replanning, 'before' | 'after' | 'notStanding'>;

/** Null: the amendment does not move it. */
function replan(clocks: TicketClocks, run: ClockRun, from: EpochMilliseconds): Replanned | null {
  const objective = findObjective(clocks, run, clocks.priority);
  if (objective === undefined) {
    end(clocks, run, from, 'change');
    return null;
  }
  const wasWarned = run.targetMiss !== null;
  const before = thresholdsOf(run);
  retune(clocks, run, objective, from);
  const after = thresholdsOf(run);
  if (!isMoved(before, after)) return null;
  return { before, after, notStanding: wasWarned && isAhead(after.targetAt, from) ? ['target'] : [] };
}

/** On a copy: a breached clock keeps its terms. Null: nothing moves, or its objective is no more. */
function replanBreached(clocks: TicketClocks, run: ClockRun, from: EpochMilliseconds): Replanned | null {
  // A breached clock goes on under the priority that it was breached under.
  const objective = findObjective(clocks, run, run.priority);
  if (objective === undefined) return null;
  const copy: ClockRun = { ...run, held: [...run.held] };
  takeTerms(clocks, copy, objective, from);
  const before = run.wouldLie ?? {
    targetAt: run.targetMiss?.at ?? run.targetAt,
    dueAt: run.breach?.at ?? null,
  };
  const after = thresholdsOf(copy);
  if (!isMoved(before, after)) return null;
  run.wouldLie = after;
  return {
    before,
    after,
    notStanding: [
      ...(run.targetMiss !== null && isAhead(after.targetAt, from) ? (['target'] as const) : []),
      ...(isAhead(after.dueAt, from) ? (['max'] as const) : []),
    ],
  };
}

function findObjective(
  { plan }: TicketClocks,
  { objective }: ClockRun,
  priority: string,
): CompiledObjective | undefined {
  return plan.objectives(priority).find(({ metric }) => metric === objective);
}

const thresholdsOf = ({ targetAt, dueAt }: ClockRun): Thresholds => ({ targetAt, dueAt });

const isMoved = (before: Thresholds, after: Thresholds): boolean =>
  before.targetAt !== after.targetAt || before.dueAt !== after.dueAt;

/** From the instant of a threshold on it is missed. */
const isAhead = (threshold: EpochMilliseconds | null, instant: EpochMilliseconds): boolean =>
  threshold === null || threshold > instant;
