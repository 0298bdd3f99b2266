import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../catalog/index.ts';
import {
  type ClockEvent,
  catalogProblems,
  compilePlan,
  formatDuration,
  type Outcome,
  outcomesOf,
  type PlanInForce,
} from '../index.ts';

const read = (name: string) =>
  readFileSync(new URL(`../../../../../catalogs/${name}.yaml`, import.meta.url), 'utf8');
const catalogOf = (name: string) => parseCatalog(read(name), catalogProblems);
const levels = catalogOf('cat-levels');
const setRate = catalogOf('set-rate-contract');
const centre = catalogOf('technical-support-centre');
const inForce = (plan: PlanInForce['plan']): PlanInForce[] => [
  { from: Number.NEGATIVE_INFINITY, plan, cause: null },
];
const cat1 = inForce(compilePlan(levels, 'cat-1'));
const rate = inForce(compilePlan(setRate, 'set-rate'));

type Line = [type: ClockEvent['type'], at: string, more?: Partial<ClockEvent>];

/** Monday, 15 June 2026, unless the day of June is given: `16 10:00`. UTC; London is an hour ahead. */
function instant(time: string): number {
  const [day, clock] = time.includes(' ') ? time.split(' ') : ['15', time];
  return Date.parse(`2026-06-${day}T${clock}:00Z`);
}

function outcomes(plans: PlanInForce[], priority: string, lines: Line[], asOf: string): Outcome[] {
  const events = lines.map(([type, at, more = {}], index): ClockEvent => {
    const opening = type === 'TicketOpened' ? { priority, covered: true } : {};
    return { id: `event-${index}`, type, at: instant(at), ...opening, ...more };
  });
  return outcomesOf({ plans, events, asOf: instant(asOf) });
}

function only(objective: string, found: Outcome[]): Outcome {
  const [first, second] = found.filter((each) => each.objective === objective);
  if (first === undefined || second !== undefined) throw new Error(`not exactly one ${objective}`);
  return first;
}

/** What is not nothing. */
const waits = ({ held }: Outcome) =>
  Object.fromEntries(
    Object.entries(held).flatMap(([party, time]) => (time === 0 ? [] : [[party, formatDuration(time)]])),
  );
const hold = (reason: ClockEvent['reason'], at: string): Line => ['ClockHeld', at, { reason } as object];
const release = (reason: ClockEvent['reason'], at: string): Line => [
  'ClockReleased',
  at,
  { reason } as object,
];

describe('an outcome', () => {
  it('is met in time, and tells what it took', () => {
    const found = only(
      'response',
      outcomes(
        cat1,
        'normal',
        [
          ['TicketOpened', '08:00'],
          ['TicketAcknowledged', '10:00'],
        ],
        '12:00',
      ),
    );
    expect(found).toMatchObject({
      catalog: 'cat-levels',
      plan: 'cat-1',
      priority: 'normal',
      occurrence: 1,
      state: 'met',
      startedAt: instant('08:00'),
      endedAt: instant('10:00'),
      breachedAt: null,
      readings: {
        gross: 'met',
        customer: 'met',
        carrier: 'met',
        manufacturer: 'met',
        nobody: 'met',
        all: 'met',
      },
    });
    expect([found.allowed, found.served, found.gross].map(formatDuration)).toEqual(['PT8H', 'PT2H', 'PT2H']);
    expect(waits(found)).toEqual({});
  });

  it('is breached, whether or not it was done later', () => {
    const opened: Line = ['TicketOpened', '08:00'];
    const late: Line = ['TicketAcknowledged', '16 10:00'];
    const [open] = outcomes(cat1, 'normal', [opened], '16 09:00');
    const [done] = outcomes(cat1, 'normal', [opened, late], '16 12:00');
    expect(open).toMatchObject({ state: 'breached', breachedAt: instant('16:00'), endedAt: null });
    expect(done).toMatchObject({
      state: 'breached',
      breachedAt: instant('16:00'),
      metAt: instant('16 10:00'),
      readings: { all: 'breached' },
    });
  });

  it('is not breached by a breach that late evidence took back', () => {
    const lines: Line[] = [
      ['TicketOpened', '08:00'],
      ['SlaBreached', '16:00'],
      ['TicketAcknowledged', '15:59'],
      ['SlaBreachRetracted', '16 09:00'],
    ];
    expect(outcomes(cat1, 'normal', lines, '16 10:00')[0]).toMatchObject({ state: 'met', breachedAt: null });
  });

  it('is cancelled where it ended without being due, and open before either', () => {
    const opened: Line = ['TicketOpened', '08:00'];
    expect(outcomes(cat1, 'normal', [opened, ['TicketDeclined', '09:00']], '17 09:00')[0]).toMatchObject({
      state: 'cancelled',
      readings: { gross: 'cancelled', all: 'cancelled' },
    });
    expect(outcomes(cat1, 'normal', [opened], '09:00')[0]).toMatchObject({
      state: 'open',
      readings: { gross: 'open', all: 'open' },
    });
  });

  it('is none without cover', () => {
    expect(outcomes(cat1, 'normal', [['TicketOpened', '08:00', { covered: false }]], '16 10:00')).toEqual([]);
  });

  it('belongs to the month in which its clock started by the provider’s own clock', () => {
    const opened: Line = ['TicketOpened', '30 23:30'];
    expect(outcomes(cat1, 'normal', [opened], '30 23:40')[0]?.month).toBe('2026-07');
  });

  it('keeps the priority whose objective it was', () => {
    const lines: Line[] = [
      ['TicketOpened', '09:00'],
      ['PriorityChanged', '10:00', { priority: 'low' }],
      ['TicketAcknowledged', '11:00'],
      ['PriorityChanged', '12:00', { priority: 'important' }],
    ];
    const found = outcomes(rate, 'important', lines, '13:00');
    expect(only('response', found)).toMatchObject({ priority: 'low', state: 'met' });
    expect(only('resolution', found)).toMatchObject({ priority: 'important', state: 'open' });
  });
});

describe('holds', () => {
  it('that the objective lists are met by contract, and ours gross', () => {
    const lines: Line[] = [
      ['TicketOpened', '08:00'],
      hold('awaiting-customer', '09:00'),
      release('awaiting-customer', '15:00'),
      ['TicketAcknowledged', '16 09:00'],
    ];
    const [found] = outcomes(cat1, 'normal', lines, '16 10:00');
    expect(found).toMatchObject({
      state: 'met',
      readings: { gross: 'breached', customer: 'met', carrier: 'breached', all: 'met' },
    });
    expect([found?.served, found?.gross].map((time) => formatDuration(time ?? 0))).toEqual(['PT3H', 'PT9H']);
    expect(waits(found as Outcome)).toEqual({ customer: 'PT6H' });
  });

  it('that the objective does not list leave the contract’s clock alone and are seen in net', () => {
    const lines: Line[] = [
      ['TicketOpened', '08:00'],
      hold('manufacturer', '09:00'),
      release('manufacturer', '15:00'),
      ['TicketAcknowledged', '16 09:00'],
    ];
    const [found] = outcomes(cat1, 'normal', lines, '16 10:00');
    expect(found).toMatchObject({
      state: 'breached',
      breachedAt: instant('16:00'),
      readings: { gross: 'breached', customer: 'breached', manufacturer: 'met', all: 'met' },
    });
    expect(found?.served).toBe(found?.gross);
    expect(waits(found as Outcome)).toEqual({ manufacturer: 'PT6H' });
  });

  it('count in the clock’s own calendar only, and from its start to its end', () => {
    const lines: Line[] = [
      ['TicketOpened', '08:00'],
      hold('force-majeure', '15:00'),
      ['OnSiteVisitDetermined', '17:00'],
      ['EngineerArrived', '16 10:00'],
      release('force-majeure', '16 12:00'),
    ];
    const found = outcomes(inForce(compilePlan(levels, 'cat-4')), 'normal', lines, '17 10:00');
    // The determination is the first response, an hour after close.
    expect(waits(only('response', found))).toEqual({ nobody: 'PT1H' });
    expect(waits(only('on-site', found))).toEqual({ nobody: 'PT17H' });
  });

  it('that overlap count once: for who stops the clock, else for who was first', () => {
    const lines: Line[] = [
      ['TicketOpened', '08:00'],
      hold('manufacturer', '09:00'),
      hold('third-party-network', '10:00'),
      hold('awaiting-customer', '11:00'),
      release('awaiting-customer', '12:00'),
      release('manufacturer', '13:00'),
      release('third-party-network', '14:00'),
      ['TicketAcknowledged', '15:00'],
    ];
    const [found] = outcomes(cat1, 'normal', lines, '16:00');
    expect(waits(found as Outcome)).toEqual({ customer: 'PT1H', manufacturer: 'PT3H', carrier: 'PT1H' });
    expect(formatDuration(found?.gross ?? 0)).toBe('PT7H');
  });

  it('that are on keep the deadline of their reading away, until the ticket ends', () => {
    const lines: Line[] = [['TicketOpened', '08:00'], hold('manufacturer', '09:00')];
    const [held] = outcomes(cat1, 'normal', lines, '17 09:00');
    expect(held).toMatchObject({
      state: 'breached',
      deadlines: { gross: instant('16:00'), manufacturer: null, carrier: instant('16:00'), all: null },
      readings: { manufacturer: 'open', all: 'open', carrier: 'breached' },
    });
    const [ended] = outcomes(cat1, 'normal', [...lines, ['TicketDeclined', '16 09:00']], '17 09:00');
    expect(ended).toMatchObject({
      state: 'breached',
      readings: { manufacturer: 'cancelled', carrier: 'breached', all: 'cancelled' },
    });
  });

  it('that begin at or after a deadline change nothing for it', () => {
    const lines: Line[] = [
      ['TicketOpened', '08:00'],
      hold('manufacturer', '16:00'),
      ['TicketAcknowledged', '17 09:00'],
    ];
    expect(outcomes(cat1, 'normal', lines, '17 10:00')[0]?.readings.all).toBe('breached');
  });

  it('are not what lies between a resolution and the reopening, which is in no figure', () => {
    const lines: Line[] = [
      ['TicketOpened', '09:00'],
      ['TicketResolved', '11:00'],
      ['TicketReopened', '17 11:00'],
      ['TicketResolved', '17 12:00'],
    ];
    const found = only('resolution', outcomes(rate, 'important', lines, '18 09:00'));
    expect(found.state).toBe('met');
    expect([found.served, found.gross].map(formatDuration)).toEqual(['PT3H', 'PT3H']);
    expect(waits(found)).toEqual({});
  });

  it('of an agreed turnaround do not move it, and would have net', () => {
    const lines: Line[] = [
      ['TicketOpened', '09:00'],
      ['TurnaroundAgreed', '09:00', { dueAt: instant('12:00') }],
      hold('awaiting-customer', '10:00'),
      release('awaiting-customer', '11:00'),
      ['TicketResolved', '12:30'],
    ];
    const found = only(
      'resolution',
      outcomes(inForce(compilePlan(centre, 'office-hours')), 'low', lines, '13:00'),
    );
    expect(found).toMatchObject({
      state: 'breached',
      readings: { gross: 'breached', customer: 'met', carrier: 'breached', all: 'met' },
    });
  });
});

describe('a caller who was identified later', () => {
  const opened: Line = ['TicketOpened', '08:00', { covered: false }];
  const identified: Line = ['CustomerIdentified', '17 09:00', { priority: 'normal', covered: true }];

  it('has outcomes from the opening on, and none breached before, by any reading', () => {
    const lines: Line[] = [opened, ['TicketAcknowledged', '16 09:00'], identified];
    expect(outcomes(cat1, 'normal', lines, '17 10:00')[0]).toMatchObject({
      state: 'met',
      readings: { gross: 'met', customer: 'met', all: 'met' },
    });
  });

  it('is breached at the identification', () => {
    expect(outcomes(cat1, 'normal', [opened, identified], '17 10:00')[0]).toMatchObject({
      state: 'breached',
      breachedAt: instant('17 09:00'),
      readings: { gross: 'breached', all: 'breached' },
    });
  });
});
