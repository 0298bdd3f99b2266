import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdReasons, metrics, ticketEventTypes } from '../../ticket/index.ts';
import { evaluate, type ServiceLevelHistory } from '../index.ts';
import { modelClocks } from '../testing/minute-model.ts';
import { drawnCatalogs, historyOf, modelQuestionOf, randomTicket } from '../testing/random-ticket.ts';

const minute = 60_000;

/** The engine's answer in the model's minutes. */
function engineClocks(history: ServiceLevelHistory) {
  const inMinutes = (instant: number | null) => (instant === null ? null : instant / minute);
  return evaluate(history).clocks.map((clock) => ({
    objective: clock.objective,
    occurrence: clock.occurrence,
    state: clock.state,
    startedAt: clock.startedAt / minute,
    targetAt: inMinutes(clock.targetAt),
    dueAt: inMinutes(clock.dueAt),
    metAt: inMinutes(clock.metAt),
    targetMissedAt: inMinutes(clock.targetMissedAt),
    breachedAt: inMinutes(clock.breachedAt),
    served: clock.served / minute,
    remaining: clock.remaining / minute,
  }));
}

describe('the engine against a model that counts minutes', () => {
  it('agrees on every clock of every catalog over random histories', { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(randomTicket, (ticket) => {
        expect(engineClocks(historyOf(ticket))).toEqual(modelClocks(modelQuestionOf(ticket)));
      }),
      { numRuns: Number(process.env.MODEL_RUNS ?? 300) },
    );
  });

  it('draws every plan, event, hold reason and amendment, and every clock in every state it can have', () => {
    const drawn = new Set<string>();
    for (const ticket of fc.sample(randomTicket, { seed: 20_260_615, numRuns: 4_000 })) {
      const { catalog, plan, coverage, amendments, exceptions, events } = ticket;
      drawn.add(`${catalog.catalog}/${plan} ${catalog.timeZone} ${catalog.priorityChange}`).add(coverage);
      for (const { type, reason = type } of events) drawn.add(type).add(reason);
      for (const { kind } of amendments) drawn.add(kind);
      if (exceptions.length > 0) drawn.add('exception known at the opening');
      for (const { objective, state } of evaluate(historyOf(ticket)).clocks)
        drawn.add(`${objective} ${state}`);
    }
    const states = ['breached', 'met', 'cancelled', 'running'];
    const expected = [
      ...drawnCatalogs.flatMap(({ catalog, plans, timeZone, priorityChange }) =>
        Object.keys(plans).map((plan) => `${catalog}/${plan} ${timeZone} ${priorityChange}`),
      ),
      ...ticketEventTypes.filter((type) => !type.startsWith('Sla') && type !== 'DeadlineReplanned'),
      ...holdReasons,
      ...['active', 'identified-later', 'renewed-later'],
      ...['calendar-exception', 'contract', 'exception known at the opening'],
      ...metrics.flatMap((metric) => states.map((state) => `${metric} ${state}`)),
      ...['response', 'restore', 'resolution'].map((metric) => `${metric} target-missed`),
      // No hold stops `update`.
      ...metrics.filter((metric) => metric !== 'update').map((metric) => `${metric} held`),
    ];
    expect(expected.filter((each) => !drawn.has(each))).toEqual([]);
  });
});
