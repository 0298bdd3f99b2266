import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../catalog/index.ts';
import { type NewTicketEvent, newTicketEvent, type TicketEvent } from '../../ticket/index.ts';
import {
  compilePlan,
  decideServiceLevel,
  evaluate,
  explain,
  type PlanInForce,
  toClockEvents,
} from '../index.ts';

const catalog = parseCatalog(
  readFileSync(new URL('../../../../../catalogs/set-rate-contract.yaml', import.meta.url), 'utf8'),
  () => [],
);
const levels = parseCatalog(
  readFileSync(new URL('../../../../../catalogs/cat-levels.yaml', import.meta.url), 'utf8'),
  () => [],
);
const minute = 60_000;
const openedAt = Date.parse('2026-03-27T15:30:00Z');
const instant = (at: number) => new Date(at).toISOString();

type Step = {
  type: string;
  occurred: number;
  late: number;
  priority: string;
  reason: 'third-party-network' | 'awaiting-customer';
};
const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom(
    'TicketAcknowledged',
    'AgentReplied',
    'ClockHeld',
    'ClockReleased',
    'PriorityChanged',
    'ServiceRestored',
    'TicketResolved',
    'TicketReopened',
    'EquipmentFaultDetermined',
    'ReplacementDelivered',
  ),
  occurred: fc.integer({ min: 0, max: 6 * 24 * 60 }),
  late: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3 * 24 * 60 })),
  priority: fc.constantFrom('urgent', 'important', 'low'),
  reason: fc.constantFrom('third-party-network', 'awaiting-customer'),
});

function eventOf({ type, priority, reason }: Step, at: number): NewTicketEvent {
  const occurredAt = instant(at);
  if (type === 'PriorityChanged')
    return newTicketEvent('PriorityChanged', { priority, previous: '' }, occurredAt);
  if (type === 'ClockHeld') return newTicketEvent('ClockHeld', { reason, note: null }, occurredAt);
  if (type === 'ClockReleased') return newTicketEvent('ClockReleased', { reason }, occurredAt);
  if (type === 'AgentReplied')
    return newTicketEvent('AgentReplied', { channel: 'email', text: null, call: null }, occurredAt);
  return { type, v: 1, data: {}, occurredAt } as unknown as NewTicketEvent;
}

function opening(plan: string, priority: string): NewTicketEvent {
  const [name = '', id = ''] = plan.split('/');
  return newTicketEvent(
    'TicketOpened',
    {
      reference: 'RB-0000-0000',
      customerId: 'c',
      candidateCustomerIds: [],
      contactId: null,
      coverage: {
        contractId: 'k',
        standing: 'active',
        plan: { catalog: name, catalogVersion: 1, plan: id },
        chargeable: false,
      },
      priority,
      channel: 'portal',
      subject: 's',
      description: null,
      caller: null,
      email: null,
      call: null,
      refersToTicketId: null,
    },
    instant(openedAt),
  );
}

/** The log, played by hand: events are recorded in order, and the timer asks after each and at every threshold. */
function play(first: NewTicketEvent, steps: Step[], plans: PlanInForce[], until: number): TicketEvent[] {
  const recorded: TicketEvent[] = [];
  const record = (event: NewTicketEvent, recordedAt: number) => {
    const version = recorded.length + 1;
    recorded.push({
      ...event,
      id: `event-${version}`,
      ticketId: 't',
      version,
      position: version,
      occurredAt: event.occurredAt ?? instant(recordedAt),
      recordedAt: instant(recordedAt),
    } as TicketEvent);
  };
  const settle = (now: number) => {
    for (const event of decideServiceLevel({ plans, events: recorded, now })) record(event, now);
    expect(decideServiceLevel({ plans, events: recorded, now })).toEqual([]);
  };
  record(first, openedAt);
  const coming = steps
    .map((each) => ({
      each,
      at: openedAt + each.occurred * minute,
      recordedAt: openedAt + (each.occurred + each.late) * minute,
    }))
    .sort((a, b) => a.recordedAt - b.recordedAt);
  let now = openedAt;
  const fireUntil = (end: number) => {
    for (;;) {
      const { nextThreshold } = evaluate({ plans, events: toClockEvents(recorded), asOf: now });
      if (nextThreshold === null || nextThreshold.at > end) return;
      now = nextThreshold.at;
      settle(now);
    }
  };
  for (const { each, at, recordedAt } of coming) {
    fireUntil(recordedAt - 1);
    now = recordedAt;
    record(eventOf(each, at), recordedAt);
    settle(recordedAt);
  }
  fireUntil(until);
  settle(until);
  return recorded;
}

const cases: [string, string, PlanInForce[]][] = [
  [
    'set-rate-contract/set-rate',
    'important',
    [{ from: Number.NEGATIVE_INFINITY, plan: compilePlan(catalog, 'set-rate'), cause: null }],
  ],
  [
    'cat-levels/cat-2',
    'normal',
    [{ from: Number.NEGATIVE_INFINITY, plan: compilePlan(levels, 'cat-2'), cause: null }],
  ],
  [
    'cat-levels/cat-1',
    'normal',
    [
      { from: Number.NEGATIVE_INFINITY, plan: compilePlan(levels, 'cat-1'), cause: null },
      {
        from: openedAt + 30 * 60 * minute,
        plan: compilePlan(levels, 'cat-1', [
          { calendar: 'working', date: '2026-03-30', hours: [], reason: 'shut' },
        ]),
        cause: { kind: 'calendar-exception', id: 'cat-levels/working', position: 7 },
      },
    ],
  ],
];

describe.each(cases)('for any history of %s, with evidence that comes late', (plan, priority, plans) => {
  const until = openedAt + 14 * 24 * 60 * minute;
  const history = fc.array(step, { maxLength: 8 });

  it('what stands recorded in the end is what the history says, with one warning and one standing breach at most', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const recorded = play(opening(plan, priority), steps, plans, until);
        const { clocks } = evaluate({ plans, events: toClockEvents(recorded), asOf: until });
        const key = ({ objective, occurrence }: { objective: string; occurrence: number }) =>
          `${objective}/${occurrence}`;
        const warnings = recorded.flatMap((event) =>
          event.type === 'SlaTargetMissed' ? [key(event.data)] : [],
        );
        expect(new Set(warnings).size).toBe(warnings.length);
        const standing = new Map<string, string>();
        for (const event of recorded) {
          if (event.type === 'SlaBreached') {
            expect(standing.has(key(event.data))).toBe(false);
            standing.set(key(event.data), event.data.breachedAt);
          }
          if (event.type === 'SlaBreachRetracted') expect(standing.delete(key(event.data))).toBe(true);
        }
        const expected = clocks.flatMap((clock) =>
          clock.breachedAt === null ? [] : [[key(clock), instant(clock.breachedAt)]],
        );
        expect([...standing].sort()).toEqual(expected.sort());
      }),
      { numRuns: 150 },
    );
  });

  it('the ledger of each clock has no gap and adds up to what was served', () => {
    fc.assert(
      fc.property(history, fc.integer({ min: 0, max: 9 * 24 * 60 }), (steps, asked) => {
        const recorded = play(opening(plan, priority), steps, plans, until);
        const events = toClockEvents(recorded);
        const asOf = openedAt + asked * minute;
        for (const { objective, occurrence, served } of evaluate({ plans, events, asOf }).clocks) {
          const explained = explain({ plans, events, asOf, objective, occurrence });
          const ledger = explained?.ledger ?? [];
          expect(ledger.reduce((sum, { counted }) => sum + counted, 0)).toBe(served);
          for (const [index, { from }] of ledger.entries())
            if (index > 0) expect(from).toBe(ledger[index - 1]?.to);
        }
      }),
      { numRuns: 100 },
    );
  });
});
