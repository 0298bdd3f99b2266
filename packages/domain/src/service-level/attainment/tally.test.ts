import { describe, expect, it } from 'vitest';
import { compilePlan } from '../clocks/plan.ts';
import { count, figuresOf, newTally, type Outcome, outcomesOf, representFigures } from '../index.ts';
import { alwaysCatalog } from './testing/always-catalog.ts';

const hour = 3_600_000;
const terms = compilePlan(alwaysCatalog, 'quick');

/** A response due within four hours that was given after as many; null: not yet. */
function answeredAfter(hours: number | null): Outcome {
  const opening = { id: null, type: 'TicketOpened' as const, at: 0, priority: 'normal', covered: true };
  const answer = { id: null, type: 'TicketAcknowledged' as const, at: (hours ?? 0) * hour };
  const events = hours === null ? [opening] : [opening, answer];
  const plans = [{ from: Number.NEGATIVE_INFINITY, plan: terms, cause: null }];
  const [outcome] = outcomesOf({ plans, events, asOf: (hours ?? 1) * hour });
  if (outcome === undefined) throw new Error('no outcome');
  return outcome;
}

function figures(...outcomes: Outcome[]) {
  const tally = newTally();
  for (const outcome of outcomes) count(tally, outcome);
  return representFigures(figuresOf(tally));
}

describe('a tally', () => {
  it('rates what was met against what was met or breached', () => {
    expect(figures(answeredAfter(1), answeredAfter(2), answeredAfter(4), answeredAfter(5))).toMatchObject({
      met: 3,
      breached: 1,
      cancelled: 0,
      open: 0,
      rate: 0.75,
      gross: { met: 3, breached: 1, rate: 0.75 },
    });
  });

  it('has no rate, no percentiles and no time of what is still open', () => {
    expect(figures(answeredAfter(null))).toMatchObject({
      open: 1,
      rate: null,
      net: { all: { met: 0, breached: 0, rate: null } },
      time: { gross: 'PT0S' },
      timeToRespond: { count: 0, served: null, elapsed: null },
    });
  });

  it('interpolates percentiles, late answers among them', () => {
    expect(figures(answeredAfter(5), answeredAfter(1), answeredAfter(3)).timeToRespond).toEqual({
      count: 3,
      served: { p50: 'PT3H', p90: 'PT4H36M', p95: 'PT4H48M', p99: 'PT4H57M36S' },
      elapsed: { p50: 'PT3H', p90: 'PT4H36M', p95: 'PT4H48M', p99: 'PT4H57M36S' },
    });
    expect(figures(answeredAfter(2)).timeToRespond.served).toMatchObject({ p50: 'PT2H', p99: 'PT2H' });
  });
});
