import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Catalog, parseCatalog } from '../../catalog/index.ts';
import { catalogProblems, QuestionInvalid, type SimulationRequest, simulate } from '../index.ts';

const ids = [
  'set-rate-contract',
  'cat-levels',
  'technical-support-centre',
  'support-subscription',
  'contract-levels',
];
const catalogs = new Map<string, Catalog>(
  ids.map((id) => [
    id,
    parseCatalog(
      readFileSync(new URL(`../../../../../catalogs/${id}.yaml`, import.meta.url), 'utf8'),
      catalogProblems,
    ),
  ]),
);

type Line = [type: string, at: string, more?: { reason?: string; priority?: string; dueAt?: string }];

/** `2026-06-15` is a Monday; times are UTC. */
function clocksOf(
  plan: string,
  priority: string,
  lines: Line[],
  asOf: string,
  more: Partial<SimulationRequest> = {},
) {
  const [catalog = '', id = ''] = plan.split('/');
  const events = lines.map(([type, at, rest = {}]) => ({ type, at, ...rest }));
  const request = { catalog, plan: id, priority, events, asOf, ...more };
  const { clocks } = simulate(request, (name) => catalogs.get(name) ?? null);
  const short = (instant: string | null) =>
    instant === null ? null : instant.slice(5, 16).replace('T', ' ');
  return clocks.map((clock) => ({
    ...clock,
    name: `${clock.objective} ${clock.occurrence}`,
    due: short(clock.dueAt),
    target: short(clock.targetAt),
    breached: short(clock.breachedAt),
    met: short(clock.metAt),
  }));
}

const monday = (time: string) => `2026-06-15T${time}:00Z`;
const tuesday = (time: string) => `2026-06-16T${time}:00Z`;

describe('nonsense', () => {
  it.each([
    [
      ['TicketOpened', monday('09:00'), { priority: 'odd' }],
      ['events', 0, 'priority'],
    ],
    [
      ['TicketOpened', monday('09:00'), { reason: 'lunch' }],
      ['events', 0, 'reason'],
    ],
  ] as [Line, (string | number)[]][])('is named also where an event has no use for it (%#)', (line, path) => {
    const simulated = () => clocksOf('cat-levels/cat-1', 'normal', [line], monday('10:00'));
    expect(simulated).toThrow(expect.objectContaining({ path }));
  });

  it.each([
    [{ max: 'P0BD' }, 'max'],
    [{ target: 'P00BD' }, 'target'],
    [{ holds: ['manufacturer' as const] }, 'holds'],
  ])('in a catalog is named by its path: %j', (change, field) => {
    const catalog = structuredClone(catalogs.get('set-rate-contract') as Catalog);
    const objectives = catalog.plans['set-rate']?.objectives?.urgent ?? [];
    const update = objectives.findIndex(({ metric }) => metric === 'update');
    Object.assign(objectives[update] ?? {}, change);
    expect(catalogProblems(catalog).map(({ path }) => path)).toEqual([
      ['plans', 'set-rate', 'objectives', 'urgent', update, field],
    ]);
  });
});

describe('what each provider promises', () => {
  it.each([
    [
      'set-rate-contract/set-rate',
      'urgent',
      ['restore: 06-15 10:00 / 06-15 13:00', 'update: null / 06-15 10:00'],
    ],
    [
      'set-rate-contract/set-rate',
      'important',
      ['resolution: 06-17 09:00 / 06-19 09:00', 'response: null / 06-15 13:00', 'update: null / 06-16 09:00'],
    ],
    [
      'set-rate-contract/set-rate',
      'low',
      ['resolution: 06-19 09:00 / 06-22 09:00', 'response: null / 06-15 13:00', 'update: null / 06-16 09:00'],
    ],
    ['set-rate-contract/none', 'low', []],
    ['cat-levels/cat-1', 'normal', ['response: null / 06-16 09:00']],
    ['cat-levels/cat-2', 'normal', ['response: null / 06-15 13:00']],
    ['cat-levels/cat-4', 'normal', ['response: null / 06-16 09:00']],
    ['cat-levels/cat-s', 'normal', []],
    ['technical-support-centre/office-hours', 'emergency', ['response: null / 06-15 10:00']],
    ['technical-support-centre/office-hours', 'high', ['response: 06-15 10:00 / 06-15 11:00']],
    ['technical-support-centre/after-hours', 'normal', ['response: 06-15 11:00 / 06-15 13:00']],
    ['technical-support-centre/after-hours', 'low', ['response: null / 06-17 15:00']],
    ['support-subscription/subscription', 'outage', []],
    [
      'contract-levels/standard',
      'normal',
      ['intervention: null / 06-17 15:00', 'response: null / 06-16 12:00'],
    ],
    [
      'contract-levels/office',
      'normal',
      ['intervention: null / 06-16 10:30', 'response: null / 06-16 06:30'],
    ],
    [
      'contract-levels/business',
      'normal',
      ['intervention: null / 06-15 15:00', 'response: null / 06-15 12:00'],
    ],
  ])('%s, %s', (plan, priority, expected) => {
    const clocks = clocksOf(plan, priority, [['TicketOpened', monday('09:00')]], monday('09:00'));
    // South Africa's 16 June is a holiday, so the next business day after the 15th is the 17th.
    expect(clocks.map(({ objective, target, due }) => `${objective}: ${target} / ${due}`)).toEqual(expected);
  });
});

describe('starting and counting', () => {
  it('a clock that starts outside its calendar runs, and counts from the next opening', () => {
    expect(
      clocksOf(
        'cat-levels/cat-1',
        'normal',
        [['TicketOpened', '2026-06-14T12:00:00Z']],
        '2026-06-14T13:00:00Z',
      ),
    ).toMatchObject([
      {
        state: 'running',
        startedAt: '2026-06-14T12:00:00.000Z',
        due: '06-15 16:00',
        served: 'PT0S',
        remaining: 'PT8H',
      },
    ]);
  });

  it('a business day held for an hour gives the hour on the day after', () => {
    const lines: Line[] = [
      ['TicketOpened', monday('08:00')],
      ['EquipmentFaultDetermined', monday('09:00')],
      ['ClockHeld', monday('10:00'), { reason: 'awaiting-customer' }],
      ['ClockReleased', monday('11:00'), { reason: 'awaiting-customer' }],
    ];
    const [, replacement] = clocksOf('cat-levels/cat-2', 'normal', lines, monday('12:00'));
    expect(replacement).toMatchObject({ name: 'replacement 1', due: '06-17 09:00', served: 'PT2H' });
  });

  it('a second determination changes nothing while its clock is open, and starts the next occurrence afterwards', () => {
    const lines: Line[] = [
      ['TicketOpened', monday('08:00')],
      ['OnSiteVisitDetermined', monday('09:00')],
      ['OnSiteVisitDetermined', monday('10:00')],
      ['EngineerArrived', monday('12:00')],
      ['OnSiteVisitDetermined', monday('13:00')],
    ];
    const visits = clocksOf('cat-levels/cat-4', 'normal', lines, monday('14:00')).filter(
      ({ objective }) => objective === 'on-site',
    );
    expect(visits.map(({ name, state, due }) => [name, state, due])).toEqual([
      ['on-site 1', 'met', '06-16 09:00'],
      ['on-site 2', 'running', '06-16 13:00'],
    ]);
  });

  it('a dated exception of the request replaces the whole date', () => {
    const calendarExceptions = [
      { calendar: 'working', date: '2026-06-15', hours: [['09:00', '12:00']] as [string, string][] },
    ];
    const [clock] = clocksOf(
      'cat-levels/cat-1',
      'normal',
      [['TicketOpened', monday('08:00')]],
      monday('08:00'),
      { calendarExceptions },
    );
    expect(clock?.due).toBe('06-16 13:00');
  });
});

describe('meeting and missing', () => {
  const opened: Line = ['TicketOpened', monday('09:00')];

  it('met at exactly its deadline is met; asked at exactly the deadline, unmet, it is breached', () => {
    expect(
      clocksOf('cat-levels/cat-2', 'normal', [opened, ['AgentReplied', monday('13:00')]], monday('13:00')),
    ).toMatchObject([{ state: 'met', breached: null }]);
    expect(clocksOf('cat-levels/cat-2', 'normal', [opened], monday('13:00'))).toMatchObject([
      { state: 'breached', breached: '06-15 13:00', remaining: 'PT0S' },
    ]);
    expect(clocksOf('cat-levels/cat-2', 'normal', [opened], '2026-06-15T12:59:59.999Z')).toMatchObject([
      { state: 'running', remaining: 'PT0.001S' },
    ]);
  });

  it('met late it stays breached, and counts on until then', () => {
    expect(
      clocksOf('cat-levels/cat-2', 'normal', [opened, ['AgentReplied', monday('14:00')]], monday('20:00')),
    ).toMatchObject([{ state: 'breached', met: '06-15 14:00', breached: '06-15 13:00', served: 'PT5H' }]);
  });

  it.each([
    'TicketAssigned',
    'NoteAdded',
    'CallLinked',
    'CustomerReplied',
    'WorkLogged',
    'TicketMarkedOutOfScope',
  ])('%s meets nothing', (type) => {
    expect(
      clocksOf('cat-levels/cat-2', 'normal', [opened, [type, monday('10:00')]], monday('11:00')),
    ).toMatchObject([{ state: 'running' }]);
  });

  it.each(['TicketDeclined', 'TicketClosed'])('%s on an open ticket cancels its clocks', (type) => {
    expect(
      clocksOf('cat-levels/cat-2', 'normal', [opened, [type, monday('10:00')]], tuesday('11:00')),
    ).toMatchObject([{ state: 'cancelled', due: '06-15 13:00', served: 'PT1H' }]);
  });
});

describe('holds', () => {
  const opened: Line = ['TicketOpened', monday('09:00')];
  const held = (at: string, reason = 'awaiting-customer'): Line => ['ClockHeld', at, { reason }];
  const released = (at: string, reason = 'awaiting-customer'): Line => ['ClockReleased', at, { reason }];

  it('stop the clocks that list their reason, and no others', () => {
    expect(
      clocksOf('cat-levels/cat-2', 'normal', [opened, held(monday('10:00'))], monday('12:00')),
    ).toMatchObject([{ state: 'held', due: null, served: 'PT1H' }]);
    expect(
      clocksOf(
        'cat-levels/cat-2',
        'normal',
        [opened, held(monday('10:00'), 'manufacturer')],
        monday('12:00'),
      ),
    ).toMatchObject([{ state: 'running', served: 'PT3H' }]);
  });

  it('that overlap count once, and each release ends its own reason only', () => {
    const lines = [
      opened,
      held(monday('10:00')),
      held(monday('10:30'), 'awaiting-remote-access'),
      released(monday('11:00')),
      released(monday('12:00'), 'awaiting-remote-access'),
    ];
    expect(clocksOf('cat-levels/cat-2', 'normal', lines, monday('11:30'))).toMatchObject([{ state: 'held' }]);
    expect(clocksOf('cat-levels/cat-2', 'normal', lines, monday('12:30'))).toMatchObject([
      { state: 'running', due: '06-15 15:00', served: 'PT1H30M' },
    ]);
  });

  it('that begin at or after a threshold change nothing for it', () => {
    expect(
      clocksOf('cat-levels/cat-2', 'normal', [opened, held(monday('13:00'))], monday('14:00')),
    ).toMatchObject([{ state: 'breached', due: '06-15 13:00', breached: '06-15 13:00' }]);
    const late = clocksOf(
      'set-rate-contract/set-rate',
      'urgent',
      [opened, held(monday('11:00'), 'third-party-network')],
      monday('12:00'),
    );
    expect(late[0]).toMatchObject({ name: 'restore 1', state: 'held', target: '06-15 10:00', due: null });
  });
});

describe('a change of priority', () => {
  const opened: Line = ['TicketOpened', monday('09:00')];
  const to = (priority: string, at: string): Line => ['PriorityChanged', at, { priority }];

  it('gives the new deadline from the clock’s own start, and misses at the change what that puts before it', () => {
    const clocks = clocksOf(
      'technical-support-centre/office-hours',
      'normal',
      [opened, to('emergency', monday('11:30'))],
      monday('12:00'),
    );
    expect(clocks).toMatchObject([
      { state: 'breached', due: '06-15 10:00', breached: '06-15 11:30', target: '06-15 11:00' },
    ]);
  });

  it('cancels what only the old priority had, and starts what only the new one has', () => {
    const clocks = clocksOf(
      'set-rate-contract/set-rate',
      'important',
      [opened, to('urgent', monday('09:30'))],
      monday('09:45'),
    );
    expect(clocks.map(({ name, state, startedAt }) => [name, state, startedAt.slice(11, 16)])).toEqual([
      ['resolution 1', 'cancelled', '09:00'],
      ['response 1', 'cancelled', '09:00'],
      ['update 1', 'running', '09:00'],
      ['restore 1', 'running', '09:30'],
    ]);
  });
});

describe('reopening', () => {
  it('takes the resolution back, and the time in between counts as a hold', () => {
    const lines: Line[] = [
      ['TicketOpened', monday('09:00')],
      ['TicketResolved', monday('11:00')],
      ['TicketReopened', tuesday('11:00')],
    ];
    const clocks = clocksOf('set-rate-contract/set-rate', 'important', lines, tuesday('12:00'));
    expect(clocks.map(({ name, state, met, due }) => [name, state, met, due])).toEqual([
      ['resolution 1', 'running', null, '06-20 09:00'],
      ['response 1', 'met', '06-15 11:00', '06-15 13:00'],
      ['update 1', 'met', '06-15 11:00', '06-16 09:00'],
      ['update 2', 'running', null, '06-17 11:00'],
    ]);
  });

  it('on an open ticket changes nothing', () => {
    const lines: Line[] = [
      ['TicketOpened', monday('09:00')],
      ['TicketReopened', monday('10:00')],
    ];
    expect(clocksOf('set-rate-contract/set-rate', 'important', lines, monday('11:00'))).toHaveLength(3);
  });
});

describe('keeping informed', () => {
  it('starts again with each message; silence is one breach, not one an hour', () => {
    const lines: Line[] = [
      ['TicketOpened', monday('09:00')],
      ['AgentReplied', monday('09:30')],
      ['AgentReplied', monday('13:00')],
    ];
    const updates = clocksOf('set-rate-contract/set-rate', 'urgent', lines, monday('13:15')).filter(
      ({ objective }) => objective === 'update',
    );
    expect(updates.map(({ name, state, due, met }) => [name, state, due, met])).toEqual([
      ['update 1', 'met', '06-15 10:00', '06-15 09:30'],
      ['update 2', 'breached', '06-15 10:30', '06-15 13:00'],
      ['update 3', 'running', '06-15 14:00', null],
    ]);
  });
});

describe('an agreed turnaround', () => {
  const opened: Line = ['TicketOpened', monday('09:00')];
  const agreed = (at: string, dueAt: string): Line => ['TurnaroundAgreed', at, { dueAt }];
  const resolutions = (lines: Line[], asOf: string, priority = 'low') =>
    clocksOf('technical-support-centre/office-hours', priority, lines, asOf).filter(
      ({ objective }) => objective === 'resolution',
    );

  it('is a resolution by that instant, replaced while it is open', () => {
    expect(
      resolutions(
        [opened, agreed(monday('10:00'), tuesday('10:00')), agreed(monday('11:00'), tuesday('12:00'))],
        monday('12:00'),
      ),
    ).toMatchObject([
      { name: 'resolution 1', state: 'running', due: '06-16 12:00', served: 'PT2H', remaining: 'PT24H' },
    ]);
  });

  it('after a breach ends the broken one unmet and starts the next', () => {
    expect(
      resolutions(
        [opened, agreed(monday('10:00'), monday('11:00')), agreed(monday('12:00'), monday('15:00'))],
        monday('13:00'),
      ),
    ).toMatchObject([
      { name: 'resolution 1', state: 'breached', met: null, served: 'PT2H' },
      { name: 'resolution 2', state: 'running', due: '06-15 15:00' },
    ]);
  });

  it('is refused where it is not offered, or not in the future', () => {
    expect(
      resolutions([opened, agreed(monday('10:00'), tuesday('10:00'))], monday('12:00'), 'normal'),
    ).toEqual([]);
    expect(resolutions([opened, agreed(monday('10:00'), monday('10:00'))], monday('12:00'))).toEqual([]);
  });
});

describe('a computed history', () => {
  it('is sorted by instant, ends at the asking one, and has no clocks before the opening', () => {
    const lines: Line[] = [
      ['AgentReplied', monday('10:00')],
      ['TicketOpened', monday('09:00')],
      ['TicketResolved', monday('18:00')],
    ];
    expect(clocksOf('cat-levels/cat-2', 'normal', lines, monday('11:00'))).toMatchObject([
      { state: 'met', met: '06-15 10:00' },
    ]);
    expect(clocksOf('cat-levels/cat-2', 'normal', lines, monday('08:59'))).toEqual([]);
  });

  it.each([
    ['no opening', [['NoteAdded', monday('09:00')]]],
    [
      'two openings',
      [
        ['TicketOpened', monday('09:00')],
        ['TicketOpened', monday('10:00')],
      ],
    ],
    [
      'something before it',
      [
        ['NoteAdded', monday('08:00')],
        ['TicketOpened', monday('09:00')],
      ],
    ],
    [
      'an unknown event',
      [
        ['TicketOpened', monday('09:00')],
        ['TicketLost', monday('10:00')],
      ],
    ],
    [
      'an unknown reason',
      [
        ['TicketOpened', monday('09:00')],
        ['ClockHeld', monday('10:00'), { reason: 'lunch' }],
      ],
    ],
    [
      'a turnaround without its instant',
      [
        ['TicketOpened', monday('09:00')],
        ['TurnaroundAgreed', monday('10:00')],
      ],
    ],
  ] as [string, Line[]][])('with %s is refused', (_, lines) => {
    expect(() => clocksOf('cat-levels/cat-2', 'normal', lines, monday('12:00'))).toThrow(QuestionInvalid);
  });
});
