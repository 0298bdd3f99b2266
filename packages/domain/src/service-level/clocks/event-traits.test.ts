import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventTraits,
  type Metric,
  metrics,
  movesClocks,
  type TicketEvent,
  type TicketEventType,
  ticketEventTypes,
  typesWhere,
} from '../../ticket/index.ts';
import { eventData } from '../../ticket/testing/event-data.ts';
import { at, happened, opened, stream } from '../../ticket/testing/histories.ts';
import {
  type ClockEvent,
  compilePlan,
  decideServiceLevel,
  evaluate,
  type PlanInForce,
  toClockEvents,
} from '../index.ts';
import { everyRuleCatalog } from '../testing/every-rule-catalog.ts';
import { historyOf, randomTicket } from '../testing/random-ticket.ts';

const plan = compilePlan(everyRuleCatalog('Europe/London', 'GB-ENG', 'retain'), 'full');
const plans: PlanInForce[] = [{ from: Number.NEGATIVE_INFINITY, plan, cause: null }];
const instant = (time: string) => Date.parse(at(time));
const clockEvent = (type: TicketEventType, time: string): ClockEvent => ({
  id: null,
  type,
  at: instant(time),
  ...(type === 'TicketOpened' ? { priority: 'high', covered: true } : {}),
});
const clocksAfter = (...events: [type: TicketEventType, time: string][]) =>
  evaluate({
    plans,
    events: events.map(([type, time]) => clockEvent(type, time)),
    asOf: instant('10:00'),
  }).clocks;

const opening: [TicketEventType, string] = ['TicketOpened', '09:00'];
/** Between them every metric has an open clock. */
const openClocks: [TicketEventType, string][][] = [
  [opening],
  [opening, ['EquipmentFaultDetermined', '09:10'], ['OnSiteVisitDetermined', '09:10']],
];
const ended: [TicketEventType, string][][] = (
  ['TicketResolved', 'TicketClosed', 'TicketDeclined'] as const
).map((type) => [opening, [type, '09:10']]);
const later = ticketEventTypes.filter((type) => type !== 'TicketOpened');
const withoutClockData = later.filter((type) => eventTraits[type].clocks.data === null);

describe('a type’s trait', () => {
  it.each(withoutClockData)(
    'meets of %s names the metrics whose open clocks it meets, and no other',
    (type) => {
      const met = new Set<Metric>();
      for (const history of openClocks)
        for (const { objective, metAt } of clocksAfter(...history, [type, '09:30']))
          if (metAt === instant('09:30')) met.add(objective);
      expect(met).toEqual(new Set(eventTraits[type].clocks.meets));
    },
  );

  it.each(withoutClockData)('starts of %s names the metrics whose clocks it starts, and no other', (type) => {
    const started = new Set<Metric>();
    for (const history of [...openClocks, ...ended])
      for (const { objective, startedAt } of clocksAfter(...history, [type, '09:30']))
        if (startedAt === instant('09:30')) started.add(objective);
    expect(started).toEqual(new Set(eventTraits[type].clocks.starts));
  });

  it('starts of TicketOpened names the clocks of a ticket that was just opened', () => {
    const started = clocksAfter(opening).map(({ objective }) => objective);
    expect(new Set(started)).toEqual(new Set(eventTraits.TicketOpened.clocks.starts));
    expect(metrics).toEqual(expect.arrayContaining(started));
  });

  it.each(ticketEventTypes)('data of %s says whether clocks read its data', (type) => {
    let isRead = false;
    const data = new Proxy(eventData[type], {
      get(of, field) {
        isRead = true;
        return Reflect.get(of, field);
      },
    });
    toClockEvents([{ ...stream(opened)[0], type, data } as TicketEvent]);
    expect(isRead).toBe(eventTraits[type].clocks.data !== null);
  });

  it.each(ticketEventTypes)(
    'verdict of %s says whether the timer records it, so that no clock sees it',
    (type) => {
      const seen = toClockEvents([{ ...stream(opened)[0], type, data: eventData[type] } as TicketEvent]);
      expect(seen.map((event) => event.type)).toEqual(
        eventTraits[type].clocks.verdict === null ? [type] : [],
      );
    },
  );

  it('verdict is not null for what the timer can decide, and for nothing else', () => {
    const catalog = everyRuleCatalog('Europe/London', 'GB-ENG', 'retain');
    const shut = [{ calendar: 'lunch', date: '2026-03-03', hours: [], reason: 'Shut' }];
    const cause = { kind: 'calendar-exception' as const, id: 'every-rule/lunch', position: 2 };
    const amended = { from: instant('09:30'), plan: compilePlan(catalog, 'full', shut), cause };
    const opening = { ...eventData.TicketOpened, priority: 'high' };
    const neverBroken = { ...eventData.SlaBreached, occurrence: 7 };
    const events = stream(
      happened('TicketOpened', opening, at('09:00')),
      happened('EquipmentFaultDetermined', eventData.EquipmentFaultDetermined, at('09:00')),
      happened('SlaBreached', neverBroken, at('09:10')),
    );
    const now = instant('23:00');
    const decided = decideServiceLevel({ plans: [...plans, amended], events, now });
    expect(new Set(decided.map(({ type }) => type))).toEqual(
      new Set(typesWhere(({ clocks }) => clocks.verdict !== null)),
    );
  });

  it('movesClocks is false for events without which every clock is the same', () => {
    fc.assert(
      fc.property(randomTicket, (ticket) => {
        const history = historyOf(ticket);
        const moving = history.events.filter(({ type }) => movesClocks(eventTraits[type]));
        expect(evaluate({ ...history, events: moving })).toEqual(evaluate(history));
      }),
      { numRuns: 300 },
    );
  });

  it('movesClocks is true for events without which some clock is another', () => {
    const moving = new Set<TicketEventType>();
    for (const ticket of fc.sample(randomTicket, { seed: 1, numRuns: 3_000 })) {
      const history = historyOf(ticket);
      const whole = JSON.stringify(evaluate(history));
      for (const event of history.events) {
        if (event.type === 'TicketOpened' || moving.has(event.type)) continue;
        const events = history.events.filter((each) => each !== event);
        if (JSON.stringify(evaluate({ ...history, events })) !== whole) moving.add(event.type);
      }
    }
    expect(moving).toEqual(new Set(later.filter((type) => movesClocks(eventTraits[type]))));
  });
});
