import { describe, expect, it } from 'vitest';
import { compileCalendar, formatDuration, listCalendar, openBetween, segments } from '../calendar/index.ts';
import { explain } from '../explanation/explain.ts';
import { everyRuleCatalog } from '../testing/every-rule-catalog.ts';
import { clockEvents, evaluated, explained, type Line } from '../testing/explained.ts';
import { compilePlan } from './plan.ts';

/*
 * What other helpdesks got wrong, as their users reported it: each test is named after the failure that it rules out.
 * Those of alarms and of reports are tested where alarms and reports are made.
 * 2026-06-15 is a Monday. London and Johannesburg are one and two hours ahead of these times.
 */
const instant = (text: string) => Date.parse(`2026-${text}:00Z`);
const at = (text: string) => `2026-${text}:00Z`;
const iso = (milliseconds: number | null) =>
  milliseconds === null ? null : new Date(milliseconds).toISOString().slice(5, 16);
const opened = (text: string): Line => ['TicketOpened', at(text)];
const held = (text: string, reason: 'awaiting-customer' | 'third-party-network' | 'manufacturer'): Line => [
  'ClockHeld',
  at(text),
  { reason },
];
const released = (text: string, reason: 'awaiting-customer' | 'third-party-network'): Line => [
  'ClockReleased',
  at(text),
  { reason },
];

type Hours = [string, string][];
const everyDay = (...windows: Hours) =>
  Object.fromEntries(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'].map((day) => [day, windows]));
const calendarOf = (timeZone: string, windows: Hours, region: string | null = null) =>
  compileCalendar({
    ...{ timeZone, hours: everyDay(...windows), exceptions: [] },
    holidays: region === null ? null : { region },
  });
const working = 'cat-levels/cat-1';
const response = (lines: Line[], asOf: string) => explained(working, 'normal', lines, at(asOf), 'response');

describe('what other helpdesks got wrong about calendars, hours and midnight does not happen:', () => {
  it('the calendar is closed for a minute at every midnight', () => {
    const always = calendarOf('Europe/London', [['00:00', '24:00']]);
    const { intervals } = listCalendar(always, instant('06-15T00:00'), instant('06-20T00:00'));
    expect(intervals).toHaveLength(1);
  });

  it('open tickets keep their deadline when the calendar changes', () => {
    const shut = { calendar: 'working', date: '2026-06-16', hours: [], reason: 'Moving house' };
    const question = [working, 'normal', [opened('06-15T12:00')], at('06-15T15:00'), 'response'] as const;
    expect(iso(explained(...question).clock.dueAt)).toBe('06-16T12:00');
    expect(iso(explained(...question, [[at('06-15T14:00'), shut]]).clock.dueAt)).toBe('06-17T12:00');
  });

  it('a calendar without hours makes the calculation run indefinitely', () => {
    expect(() => calendarOf('UTC', [])).toThrow('never opens');
  });

  it('a regional holiday counts, and no one can see why the deadline is late', () => {
    // 2 January is a holiday in Scotland only.
    const english = calendarOf('Europe/London', [['09:00', '17:00']], 'GB-ENG');
    const opens = (date: string) => openBetween(english, instant(`${date}T00:00`), instant(`${date}T23:59`));
    expect(opens('01-02')).toBe(8 * 3_600_000);
    const { ledger } = response([opened('05-22T15:00')], '05-26T09:00');
    expect(ledger.map(({ calendarEntry }) => calendarEntry?.name)).toContain('Spring bank holiday');
    expect(opens('05-25')).toBe(0);
  });

  it('a warning ahead of a deadline falls on midnight when the deadline moves to the next day', () => {
    const question = ['technical-support-centre/office-hours', 'high', [opened('06-17T14:30')]] as const;
    const { clock } = explained(...question, at('06-17T14:30'), 'response');
    expect([iso(clock.targetAt), iso(clock.dueAt)]).toEqual(['06-18T07:00', '06-18T08:00']);
  });

  it('a ticket opened out of hours escalates at once, or has no time at all', () => {
    const { clock } = response([opened('06-13T22:00')], '06-13T22:00');
    expect([clock.state, iso(clock.dueAt)]).toEqual(['running', '06-15T16:00']);
    expect(response([opened('06-13T22:00')], '06-15T15:59').clock.state).toBe('running');
  });

  it('only one window per day is accepted, and lunch counts', () => {
    const windows: Hours = [
      ['09:00', '12:00'],
      ['13:00', '17:00'],
    ];
    const lunch = calendarOf('UTC', windows);
    expect(openBetween(lunch, instant('06-15T11:00'), instant('06-15T14:00'))).toBe(2 * 3_600_000);
    const exception = { calendar: 'working', date: '2026-06-15', hours: windows, reason: 'Stocktaking' };
    const { clock } = explained(working, 'normal', [opened('06-15T07:00')], at('06-15T07:00'), 'response', [
      [at('06-01T00:00'), exception],
    ]);
    expect(iso(clock.dueAt)).toBe('06-16T09:00');
  });

  it('hours that run past midnight end at midnight', () => {
    const night = calendarOf('Europe/London', [['22:00', '06:00']]);
    const open = segments(night, instant('06-15T12:00'), instant('06-16T12:00')).filter(
      ({ kind }) => kind === 'open',
    );
    expect(open.map(({ from, to }) => [iso(from), iso(to)])).toEqual([['06-15T21:00', '06-16T05:00']]);
  });

  it('a holiday begins and ends at midnight of another zone', () => {
    const calendar = calendarOf('Africa/Johannesburg', [['00:00', '24:00']], 'ZA');
    const holiday = segments(calendar, instant('06-15T12:00'), instant('06-17T12:00')).filter(
      ({ kind }) => kind === 'holiday',
    );
    expect(holiday.map(({ from, to }) => [iso(from), iso(to)])).toEqual([['06-15T22:00', '06-16T22:00']]);
  });
});

describe('what other helpdesks got wrong about time zones and the change of the clocks does not happen:', () => {
  it('the past is counted with today’s offset', () => {
    const london = calendarOf('Europe/London', [['09:00', '17:00']]);
    expect(openBetween(london, instant('01-05T08:00'), instant('01-05T10:00'))).toBe(3_600_000);
    expect(openBetween(london, instant('07-06T08:00'), instant('07-06T10:00'))).toBe(2 * 3_600_000);
  });

  it('a calendar that is always open does not equal the time that passes', () => {
    for (const zone of ['Europe/London', 'America/New_York', 'Africa/Johannesburg', 'Pacific/Auckland']) {
      const always = calendarOf(zone, [['00:00', '24:00']]);
      const [from, to] = [instant('01-01T00:00'), instant('12-31T00:00')];
      expect(openBetween(always, from, to), zone).toBe(to - from);
    }
  });

  it('shifts move by an hour, leave a gap or overlap when the clocks change', () => {
    const day = calendarOf('Europe/Luxembourg', [['08:00', '20:00']]);
    const night = calendarOf('Europe/Luxembourg', [['20:00', '08:00']]);
    for (const [from, to] of [
      ['03-27T12:00', '03-31T12:00'],
      ['10-23T12:00', '10-27T12:00'],
    ] as const) {
      const both = [day, night].flatMap((each) => segments(each, instant(from), instant(to)));
      const open = both.filter(({ kind }) => kind === 'open').sort((one, other) => one.from - other.from);
      expect(open[0]?.from).toBe(instant(from));
      for (const [index, { to: end }] of open.entries())
        expect(end).toBe(open[index + 1]?.from ?? instant(to));
    }
  });

  it('hours are a fixed window of UTC', () => {
    const auckland = calendarOf('Pacific/Auckland', [['09:00', '10:00']]);
    const { intervals } = listCalendar(auckland, instant('04-04T00:00'), instant('04-06T00:00'));
    expect(intervals.map(({ from }) => iso(from))).toEqual(['04-04T21:00', '04-05T21:00']);
  });
});

describe('what other helpdesks got wrong about pauses does not happen:', () => {
  it('a clock cannot wait for a third party', () => {
    const lines = [opened('06-15T09:00'), held('06-15T09:30', 'third-party-network')];
    const { clock } = explained('set-rate-contract/set-rate', 'urgent', lines, at('06-16T09:00'), 'restore');
    expect([clock.state, clock.breachedAt]).toEqual(['held', null]);
  });

  it('a pause that was earned is lost when the priority changes', () => {
    const catalog = everyRuleCatalog('Europe/London', 'GB-ENG', 'retain');
    const plans = [{ from: Number.NEGATIVE_INFINITY, plan: compilePlan(catalog, 'full'), cause: null }];
    const reason = 'manufacturer';
    const events = clockEvents('high', [
      opened('06-15T09:00'),
      ['ClockHeld', at('06-15T10:00'), { reason }],
      ['ClockReleased', at('06-15T11:00'), { reason }],
      ['PriorityChanged', at('06-15T11:30'), { priority: 'low' }],
    ]);
    const explanation = explain({ plans, events, asOf: instant('06-15T12:00'), objective: 'restore' });
    // The new priority is open 10:00 to 12:00 and from 13:00; its objective does not even list the reason.
    expect(explanation?.holds).toEqual(['third-party-network']);
    expect(formatDuration(explanation?.clock.served ?? 0)).toBe('PT1H');
    expect(iso(explanation?.clock.dueAt ?? null)).toBe('06-17T11:00');
  });

  it('a clock is violated while it is pending', () => {
    const lines = [opened('06-15T09:00'), held('06-15T10:00', 'awaiting-customer')];
    expect(response(lines, '06-30T10:00').clock).toMatchObject({
      state: 'held',
      dueAt: null,
      breachedAt: null,
    });
    expect(evaluated(working, 'normal', lines, at('06-30T10:00')).thresholds).toEqual([]);
  });

  it('a pause over a weekend extends a promise of days by the whole weekend', () => {
    const lines: Line[] = [
      opened('06-19T08:00'),
      ['EquipmentFaultDetermined', at('06-19T09:00')],
      held('06-19T15:00', 'awaiting-customer'),
      released('06-22T09:00', 'awaiting-customer'),
    ];
    const { clock } = explained('cat-levels/cat-2', 'normal', lines, at('06-22T10:00'), 'replacement');
    // Two hours of Friday and Monday were held; the close of Monday moves by those.
    expect(iso(clock.dueAt)).toBe('06-23T10:00');
  });

  it('a deadline that was set by hand moves by itself after a pause', () => {
    const lines: Line[] = [
      opened('06-15T09:00'),
      ['TurnaroundAgreed', at('06-15T10:00'), { dueAt: at('06-17T10:00') }],
      held('06-15T11:00', 'awaiting-customer'),
      released('06-16T11:00', 'awaiting-customer'),
    ];
    const plan = 'technical-support-centre/office-hours';
    expect(iso(explained(plan, 'low', lines, at('06-16T12:00'), 'resolution').clock.dueAt)).toBe(
      '06-17T10:00',
    );
  });

  it('the pause is shown, and the clock runs', () => {
    const lines = [opened('06-15T09:00'), held('06-15T10:00', 'awaiting-customer')];
    expect(formatDuration(response(lines, '06-15T15:00').clock.served)).toBe('PT1H');
    const other = [opened('06-15T09:00'), held('06-15T10:00', 'manufacturer')];
    expect(response(other, '06-15T15:00').ledger.map(({ kind }) => kind)).toEqual(['counted']);
  });

  it('a pause counts hours in which no one works, and totals cannot be told with and without it', () => {
    const lines = [
      opened('06-15T14:00'),
      held('06-15T15:00', 'awaiting-customer'),
      released('06-16T09:00', 'awaiting-customer'),
    ];
    const { ledger } = response(lines, '06-16T10:00');
    const total = (kinds: string[]) =>
      formatDuration(
        ledger.filter(({ kind }) => kinds.includes(kind)).reduce((sum, { from, to }) => sum + to - from, 0),
      );
    expect([total(['counted']), total(['held']), total(['counted', 'held'])]).toEqual([
      'PT2H',
      'PT2H',
      'PT4H',
    ]);
  });

  it('a pause that ends out of hours is ignored', () => {
    const lines = [
      opened('06-15T09:00'),
      held('06-15T14:00', 'awaiting-customer'),
      released('06-15T20:00', 'awaiting-customer'),
    ];
    expect(iso(response(lines, '06-16T09:00').clock.dueAt)).toBe('06-16T11:00');
  });

  it('a ticket resolved while it is paused goes on being paused', () => {
    const lines: Line[] = [
      opened('06-15T09:00'),
      held('06-15T10:00', 'awaiting-customer'),
      ['TicketResolved', at('06-15T12:00')],
      ['TicketReopened', at('06-15T13:00')],
      ['EquipmentFaultDetermined', at('06-15T13:30')],
    ];
    const { clock } = response(lines.slice(0, 3), '06-15T14:00');
    expect([clock.state, formatDuration(clock.served)]).toEqual(['met', 'PT1H']);
    const replacement = explained(
      'cat-levels/cat-2',
      'normal',
      lines,
      at('06-15T14:00'),
      'replacement',
    ).clock;
    expect(replacement.state).toBe('running');
  });
});

describe('what other helpdesks got wrong about which clock counts from when does not happen:', () => {
  const plan = 'set-rate-contract/set-rate';

  it('the update clock overrules the first response, and escalates although somebody answered', () => {
    const lines: Line[] = [opened('06-15T09:00'), ['AgentReplied', at('06-15T12:00')]];
    const { clocks } = evaluated(plan, 'important', lines, at('06-16T10:00'));
    expect(clocks.map(({ objective, occurrence, state }) => `${objective} ${occurrence} ${state}`)).toEqual([
      'resolution 1 running',
      'response 1 met',
      'update 1 met',
      'update 2 running',
    ]);
  });

  it('a clock starts at the assignment, or assignment meets it', () => {
    const lines: Line[] = [opened('06-15T09:00'), ['TicketAssigned', at('06-15T10:00')]];
    expect(response(lines, '06-15T11:00').clock).toMatchObject({
      state: 'running',
      startedAt: instant('06-15T09:00'),
    });
  });

  it('one clock’s warnings follow another clock’s deadline', () => {
    const lines: Line[] = [opened('06-15T09:00'), ['TicketAcknowledged', at('06-15T10:00')]];
    const { thresholds } = evaluated('contract-levels/business', 'normal', lines, at('06-15T11:00'));
    expect(thresholds).toMatchObject([{ objective: 'intervention', kind: 'max' }]);
  });

  it('clocks run and escalate after the ticket has ended', () => {
    for (const type of ['TicketResolved', 'TicketClosed', 'TicketDeclined'] as const) {
      const lines: Line[] = [opened('06-15T09:00'), [type, at('06-15T09:30')]];
      const { clocks, thresholds } = evaluated(plan, 'urgent', lines, at('06-30T09:00'));
      expect([thresholds, clocks.filter(({ breachedAt }) => breachedAt !== null)], type).toEqual([[], []]);
    }
  });

  it('the time in which a ticket was solved counts when it is reopened', () => {
    const lines: Line[] = [
      opened('06-15T09:00'),
      ['TicketResolved', at('06-15T11:00')],
      ['TicketReopened', at('06-25T11:00')],
    ];
    const { clock } = explained(plan, 'important', lines, at('06-25T12:00'), 'resolution');
    expect([clock.state, formatDuration(clock.served)]).toEqual(['running', 'PT3H']);
  });

  it('every ticket must have a service level', () => {
    for (const none of ['set-rate-contract/none', 'cat-levels/cat-s', 'support-subscription/subscription']) {
      expect(evaluated(none, 'normal', [opened('06-15T09:00')], at('06-20T09:00')).clocks, none).toEqual([]);
    }
  });

  it('the cadence of updates is missing in reports', () => {
    const lines: Line[] = [
      opened('06-15T09:00'),
      ['AgentReplied', at('06-15T09:30')],
      ['AgentReplied', at('06-15T11:00')],
    ];
    const { clocks } = evaluated(plan, 'urgent', lines, at('06-15T11:30'));
    const updates = clocks.filter(({ objective }) => objective === 'update');
    expect(updates.map(({ occurrence, state }) => [occurrence, state])).toEqual([
      [1, 'met'],
      [2, 'breached'],
      [3, 'running'],
    ]);
  });
});
