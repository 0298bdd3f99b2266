import { type Figures, percentiles } from './figures.ts';
import { type Outcome, type OutcomeState, parties, type Reading, readings } from './outcome.ts';

/** Outcomes while they are counted. Only the times to respond are kept one by one: sixteen bytes for each. */
export interface Tally {
  counts: { [state in OutcomeState]: number };
  readings: { [reading in Reading]: { met: number; breached: number } };
  gross: number;
  held: Outcome['held'];
  served: number[];
  elapsed: number[];
}

export function newTally(): Tally {
  return {
    counts: { met: 0, breached: 0, cancelled: 0, open: 0 },
    readings: Object.fromEntries(
      readings.map((reading) => [reading, { met: 0, breached: 0 }]),
    ) as Tally['readings'],
    gross: 0,
    held: Object.fromEntries(parties.map((party) => [party, 0])) as Tally['held'],
    served: [],
    elapsed: [],
  };
}

export function count(tally: Tally, outcome: Outcome): void {
  tally.counts[outcome.state] += 1;
  for (const reading of readings) {
    const state = outcome.readings[reading];
    if (state === 'met' || state === 'breached') tally.readings[reading][state] += 1;
  }
  if (outcome.endedAt !== null) {
    tally.gross += outcome.gross;
    for (const party of parties) tally.held[party] += outcome.held[party];
  }
  if (outcome.objective === 'response' && outcome.metAt !== null) {
    tally.served.push(outcome.served);
    tally.elapsed.push(outcome.metAt - outcome.startedAt);
  }
}

export function figuresOf({ counts, readings: counted, gross, held, served, elapsed }: Tally): Figures {
  const responses = {
    count: served.length,
    served: percentilesOf(served),
    elapsed: percentilesOf(elapsed),
  };
  return { counts, readings: counted, gross, held, responses };
}

/** Continuous percentiles, interpolated as SQL's `percentile_cont`; none of no values. */
function percentilesOf(values: readonly number[]): number[] {
  if (values.length === 0) return [];
  const sorted = Float64Array.from(values).sort();
  return percentiles.map((fraction) => {
    const row = fraction * (sorted.length - 1);
    const low = sorted[Math.floor(row)] as number;
    const high = sorted[Math.ceil(row)] as number;
    return low + (row - Math.floor(row)) * (high - low);
  });
}
