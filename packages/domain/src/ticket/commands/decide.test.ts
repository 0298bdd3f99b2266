import { describe, expect, it } from 'vitest';
import {
  type CommandBody,
  type CommandName,
  commandNames,
  type Decision,
  type DecisionContext,
  decide,
  foldTicket,
  type TicketEvent,
  type TicketEventType,
} from '../index.ts';
import { at, coverage, happened, opened, opening, record, stream } from '../testing/histories.ts';

const now = at('16:00');
const context: DecisionContext = {
  now,
  terms: { priorities: ['emergency', 'high', 'normal', 'low'], offersTurnaround: (p) => p === 'low' },
  identification: { coverage, priority: 'low' },
};

/** A body that is fit for each command. */
const bodies: { [N in CommandName]: CommandBody<N> } = {
  acknowledge: {},
  assign: { assignee: 'emma' },
  reply: { from: 'customer', channel: 'email', text: 'It happened again.' },
  note: { text: 'Line 3.' },
  'set-priority': { priority: 'high' },
  hold: { reason: 'awaiting-customer' },
  release: { reason: 'awaiting-customer' },
  'mark-out-of-scope': { reason: 'Relocation.' },
  'identify-customer': { customerId: 'corner-bakery' },
  'start-intervention': {},
  'determine-equipment-fault': { equipment: 'Gateway GX-8' },
  'dispatch-replacement': { trackingNumber: 'ND1' },
  'replacement-delivered': {},
  'determine-on-site-visit': {},
  'engineer-arrived': { engineer: 'Christopher' },
  restore: {},
  resolve: {},
  reopen: {},
  close: {},
  decline: { reason: 'Third-party network.' },
  'log-work': { minutes: 25, kind: 'remote' },
  'agree-turnaround': { dueAt: '2026-03-06T15:00:00.000Z' },
};

const resolved = happened('TicketResolved', { resolution: null }, at('10:00'));
/** Everything that can be there already, is. */
const everything = [
  opened,
  happened('TicketAcknowledged', { note: null }, at('09:10')),
  happened('TicketAssigned', { assignee: 'emma' }, at('09:10')),
  happened('PriorityChanged', { priority: 'high', previous: 'low' }, at('09:10')),
  happened('PriorityChanged', { priority: 'low', previous: 'high' }, at('09:11')),
  happened('ClockHeld', { reason: 'awaiting-customer', note: null }, at('09:12')),
  happened('TicketMarkedOutOfScope', { reason: 'Relocation.' }, at('09:12')),
  happened('InterventionStarted', { note: null }, at('09:13')),
  happened('EquipmentFaultDetermined', { equipment: 'Gateway GX-8', note: null }, at('09:14')),
  happened('ReplacementDispatched', { carrier: null, trackingNumber: 'ND1' }, at('09:15')),
  happened('OnSiteVisitDetermined', { note: null }, at('09:16')),
  happened('ServiceRestored', { note: null }, at('09:18')),
  happened('TurnaroundAgreed', { dueAt: '2026-03-06T15:00:00.000Z' }, at('09:19')),
];
const arrived = happened('EngineerArrived', { engineer: 'Christopher' }, at('09:20'));
const delivered = happened('ReplacementDelivered', { note: null }, at('09:20'));

const situations = {
  'just opened': stream(opened),
  'in full swing': stream(...everything),
  'after the visit': stream(...everything, arrived, delivered),
  resolved: stream(...everything, arrived, delivered, resolved),
  'resolved at once': stream(opened, resolved),
  closed: stream(opened, resolved, happened('TicketClosed', { reason: null }, at('11:00'))),
  'closed at once': stream(opened, happened('TicketClosed', { reason: 'Withdrawn.' }, at('10:00'))),
  declined: stream(opened, happened('TicketDeclined', { reason: 'No.' }, at('10:00'))),
  reopened: stream(
    ...everything,
    arrived,
    delivered,
    resolved,
    happened('TicketReopened', { reason: null }, at('11:00')),
  ),
};
type Situation = keyof typeof situations;

/** An event type; `unchanged`; or the code of a refusal. */
type Expected = TicketEventType | TicketEventType[] | 'unchanged' | `refused: ${string}`;
const no: Expected = 'refused: not-allowed-in-state';
const same: Expected = 'unchanged';

/** The whole matrix: a command or a situation that is missing here does not compile. */
const expected: { [N in CommandName]: { [S in Situation]: Expected } } = {
  acknowledge: row('TicketAcknowledged', same, same, no, no, no, no, no, same),
  assign: row('TicketAssigned', same, same, no, no, no, no, no, same),
  reply: row(
    'CustomerReplied',
    'CustomerReplied',
    'CustomerReplied',
    ['CustomerReplied', 'TicketReopened'],
    ['CustomerReplied', 'TicketReopened'],
    no,
    no,
    no,
    'CustomerReplied',
  ),
  note: rowOf('NoteAdded'),
  'set-priority': row(
    'PriorityChanged',
    'PriorityChanged',
    'PriorityChanged',
    no,
    no,
    no,
    no,
    no,
    'PriorityChanged',
  ),
  hold: row('ClockHeld', same, same, no, no, no, no, no, 'ClockHeld'),
  release: row(same, 'ClockReleased', 'ClockReleased', no, no, no, no, no, same),
  'mark-out-of-scope': row('TicketMarkedOutOfScope', same, same, no, no, no, no, no, same),
  'identify-customer': row(same, same, same, no, no, no, no, no, same),
  'start-intervention': row('InterventionStarted', same, same, no, no, no, no, no, same),
  'determine-equipment-fault': row(
    'EquipmentFaultDetermined',
    same,
    'EquipmentFaultDetermined',
    no,
    no,
    no,
    no,
    no,
    'EquipmentFaultDetermined',
  ),
  'dispatch-replacement': row('refused: no-equipment-fault', same, same, no, no, no, no, no, same),
  'replacement-delivered': row(
    'refused: no-equipment-fault',
    'ReplacementDelivered',
    same,
    no,
    no,
    no,
    no,
    no,
    same,
  ),
  'determine-on-site-visit': row(
    'OnSiteVisitDetermined',
    same,
    'OnSiteVisitDetermined',
    no,
    no,
    no,
    no,
    no,
    'OnSiteVisitDetermined',
  ),
  'engineer-arrived': row('refused: no-on-site-visit', 'EngineerArrived', same, no, no, no, no, no, same),
  restore: row('ServiceRestored', same, same, no, no, no, no, no, 'ServiceRestored'),
  resolve: row(
    'TicketResolved',
    'TicketResolved',
    'TicketResolved',
    same,
    same,
    no,
    no,
    no,
    'TicketResolved',
  ),
  reopen: row(
    same,
    same,
    same,
    'TicketReopened',
    'TicketReopened',
    'TicketReopened',
    'TicketReopened',
    'TicketReopened',
    same,
  ),
  close: row(
    'refused: reason-needed',
    'refused: reason-needed',
    'refused: reason-needed',
    'TicketClosed',
    'TicketClosed',
    same,
    same,
    no,
    'refused: reason-needed',
  ),
  decline: row('TicketDeclined', 'TicketDeclined', 'TicketDeclined', no, no, no, no, same, 'TicketDeclined'),
  'log-work': rowOf('WorkLogged'),
  'agree-turnaround': row('TurnaroundAgreed', same, same, no, no, no, no, no, 'TurnaroundAgreed'),
};

function row(
  ...cells: [Expected, Expected, Expected, Expected, Expected, Expected, Expected, Expected, Expected]
) {
  const names = Object.keys(situations) as Situation[];
  return Object.fromEntries(names.map((name, index) => [name, cells[index]])) as {
    [S in Situation]: Expected;
  };
}

function rowOf(cell: Expected) {
  return row(cell, cell, cell, cell, cell, cell, cell, cell, cell);
}

function ask<N extends CommandName>(
  history: TicketEvent[],
  name: N,
  body: Partial<CommandBody<N>> = {},
  over: Partial<DecisionContext> = {},
): Decision {
  const command = { name, body: { ...bodies[name], ...body } } as Parameters<typeof decide>[1];
  return decide(history, command, { ...context, ...over });
}

function summary(decision: Decision): Expected {
  if (decision.kind === 'unchanged') return 'unchanged';
  if (decision.kind === 'refused') return `refused: ${decision.code}`;
  const types = decision.events.map((event) => event.type);
  return types.length === 1 ? (types[0] as TicketEventType) : types;
}

describe.each(commandNames)('%s', (name) => {
  it.each(Object.keys(situations) as Situation[])('on a ticket that is %s', (situation) => {
    const history = situations[situation];
    const decision = ask(history, name);
    expect(summary(decision)).toEqual(expected[name][situation]);
    if (decision.kind === 'refused') {
      expect(decision.state).toBe(foldTicket(history)?.state);
      expect(decision.allowed).not.toContain(decision.code === 'reason-needed' ? 'reopen' : name);
    }
    if (decision.kind === 'events') {
      const after = record(history, decision.events, now);
      expect(foldTicket(after)?.version).toBe(after.length);
    }
  });
});

describe('what is allowed', () => {
  it('is named by a refusal, without what needs a determination first', () => {
    const decision = ask(situations['just opened'], 'engineer-arrived');
    expect(decision).toMatchObject({ kind: 'refused', state: 'open' });
    const allowed = decision.kind === 'refused' ? decision.allowed : [];
    expect(allowed).toContain('determine-on-site-visit');
    expect(allowed).not.toContain('dispatch-replacement');
    expect(ask(situations.closed, 'resolve')).toMatchObject({ allowed: ['note', 'log-work', 'reopen'] });
  });

  it('includes closing an open ticket with a reason', () => {
    expect(summary(ask(situations['just opened'], 'close', { reason: 'Withdrawn.' }))).toBe('TicketClosed');
  });
});

describe('the instant of a command', () => {
  it('is refused in the future and before the opening', () => {
    const history = situations['just opened'];
    expect(summary(ask(history, 'acknowledge', { occurredAt: at('16:01') }))).toBe('refused: in-the-future');
    expect(summary(ask(history, 'acknowledge', { occurredAt: at('08:59') }))).toBe(
      'refused: before-the-opening',
    );
    expect(summary(ask(history, 'acknowledge', { occurredAt: now }))).toBe('TicketAcknowledged');
    expect(summary(ask(history, 'acknowledge', { occurredAt: at('09:00') }))).toBe('TicketAcknowledged');
  });

  it('becomes UTC with milliseconds', () => {
    const decision = ask(situations['just opened'], 'acknowledge', {
      occurredAt: '2026-03-02T11:10:00.123456+02:00',
    });
    expect(decision).toMatchObject({ events: [{ occurredAt: '2026-03-02T09:10:00.123Z' }] });
  });

  it('is left to the log where none is given', () => {
    expect(ask(situations['just opened'], 'acknowledge')).toMatchObject({ events: [{ occurredAt: null }] });
  });

  it('is never before what was recorded by a clock that was ahead', () => {
    const history = stream(opened, happened('TicketResolved', { resolution: null }, at('10:00')));
    const decision = ask(history, 'reopen', {}, { now: '2026-03-02T09:59:59.998Z' });
    expect(decision).toMatchObject({ events: [{ occurredAt: at('10:00') }] });
    const after = record(history, decision.kind === 'events' ? decision.events : [], at('10:01'));
    expect(foldTicket(after)?.state).toBe('open');
  });
});

describe('evidence that comes late', () => {
  const acknowledged = stream(opened, happened('TicketAcknowledged', { note: null }, at('10:00')));

  it('is recorded when it happened before what is known, and is then the first', () => {
    const decision = ask(acknowledged, 'acknowledge', { occurredAt: at('09:10') });
    expect(summary(decision)).toBe('TicketAcknowledged');
    const after = record(acknowledged, decision.kind === 'events' ? decision.events : [], now);
    expect(foldTicket(after)?.acknowledgedAt).toBe(at('09:10'));
    expect(summary(ask(after, 'acknowledge', { occurredAt: at('09:30') }))).toBe('unchanged');
  });

  it('changes nothing when it happened after what is known', () => {
    expect(summary(ask(acknowledged, 'acknowledge', { occurredAt: at('10:30') }))).toBe('unchanged');
  });

  it('judges holds and releases as they stood then', () => {
    const released = stream(
      opened,
      happened('ClockHeld', { reason: 'awaiting-customer', note: null }, at('10:00')),
      happened('ClockReleased', { reason: 'awaiting-customer' }, at('12:00')),
    );
    expect(summary(ask(released, 'release', { occurredAt: at('11:00') }))).toBe('ClockReleased');
    expect(summary(ask(released, 'release', { occurredAt: at('13:00') }))).toBe('unchanged');
    expect(summary(ask(released, 'hold', { occurredAt: at('11:00') }))).toBe('unchanged');
    expect(summary(ask(released, 'hold', { occurredAt: at('09:30') }))).toBe('ClockHeld');
  });

  it('names the priority that it replaced', () => {
    const changed = stream(
      opened,
      happened('PriorityChanged', { priority: 'high', previous: 'low' }, at('12:00')),
    );
    expect(ask(changed, 'set-priority', { priority: 'normal', occurredAt: at('10:00') })).toMatchObject({
      events: [{ data: { priority: 'normal', previous: 'low' } }],
    });
    expect(summary(ask(changed, 'set-priority', { priority: 'low', occurredAt: at('10:00') }))).toBe(
      'unchanged',
    );
  });

  it('of a fault that was determined later is refused', () => {
    const determined = stream(
      opened,
      happened('EquipmentFaultDetermined', { equipment: null, note: null }, at('12:00')),
    );
    expect(summary(ask(determined, 'dispatch-replacement', { occurredAt: at('11:00') }))).toBe(
      'refused: no-equipment-fault',
    );
  });

  it('moves the beginning of the present state', () => {
    const history = situations['resolved at once'];
    const decision = ask(history, 'resolve', { occurredAt: at('09:30') });
    expect(summary(decision)).toBe('TicketResolved');
    const after = record(history, decision.kind === 'events' ? decision.events : [], now);
    expect(foldTicket(after)).toMatchObject({ state: 'resolved', resolvedAt: at('09:30') });
  });

  it('of an earlier beginning leaves what was first recorded in place', () => {
    const history = situations['resolved at once'];
    const decision = ask(history, 'resolve', { occurredAt: at('09:30') });
    const after = record(history, decision.kind === 'events' ? decision.events : [], now);
    expect(summary(ask(after, 'reopen', { occurredAt: at('09:45') }))).toBe('refused: before-latest-change');
    expect(summary(ask(after, 'reply', { occurredAt: at('09:45') }))).toBe('CustomerReplied');
    expect(summary(ask(after, 'reopen', { occurredAt: at('10:00') }))).toBe('TicketReopened');
  });

  it('does not change the state before the state that it is in began', () => {
    const { reopened } = situations;
    expect(summary(ask(reopened, 'resolve', { occurredAt: at('10:30') }))).toBe(
      'refused: before-latest-change',
    );
    expect(summary(ask(reopened, 'decline', { occurredAt: at('09:30') }))).toBe(
      'refused: before-latest-change',
    );
    expect(summary(ask(reopened, 'reopen', { occurredAt: at('10:30') }))).toBe('TicketReopened');
    expect(summary(ask(reopened, 'reopen', { occurredAt: at('09:30') }))).toBe(
      'refused: before-latest-change',
    );
  });
});

describe('a reply', () => {
  const history = situations['resolved at once'];

  it('of the customer reopens only when it was said after the resolution', () => {
    expect(summary(ask(history, 'reply', { occurredAt: at('09:59') }))).toBe('CustomerReplied');
    expect(summary(ask(history, 'reply', { occurredAt: at('10:00') }))).toEqual([
      'CustomerReplied',
      'TicketReopened',
    ]);
  });

  it('of an agent leaves the ticket resolved', () => {
    expect(summary(ask(history, 'reply', { from: 'agent' }))).toBe('AgentReplied');
  });
});

describe('determinations', () => {
  it('of further equipment and further parcels are recorded', () => {
    const history = situations['in full swing'];
    expect(summary(ask(history, 'determine-equipment-fault', { equipment: 'Switch' }))).toBe(
      'EquipmentFaultDetermined',
    );
    expect(summary(ask(history, 'dispatch-replacement', { trackingNumber: 'ND2' }))).toBe(
      'ReplacementDispatched',
    );
  });
});

describe('a priority', () => {
  const history = situations['just opened'];

  it('must be one of the plan’s', () => {
    expect(ask(history, 'set-priority', { priority: 'asap' })).toMatchObject({
      code: 'priority-unknown',
      reason: expect.stringContaining('emergency, high, normal, low'),
    });
  });

  it('cannot be set on a ticket without a plan', () => {
    expect(summary(ask(history, 'set-priority', {}, { terms: null }))).toBe('refused: priority-unknown');
  });
});

describe('an agreed turnaround', () => {
  const history = situations['just opened'];

  it('must lie in the future', () => {
    expect(summary(ask(history, 'agree-turnaround', { dueAt: now }))).toBe(
      'refused: turnaround-not-in-the-future',
    );
  });

  it('must be offered at the priority, then and now', () => {
    const high = stream(
      opened,
      happened('PriorityChanged', { priority: 'high', previous: 'low' }, at('10:00')),
    );
    expect(summary(ask(high, 'agree-turnaround'))).toBe('refused: turnaround-not-offered');
    expect(summary(ask(high, 'agree-turnaround', { occurredAt: at('09:30') }))).toBe(
      'refused: turnaround-not-offered',
    );
    expect(summary(ask(history, 'agree-turnaround', {}, { terms: null }))).toBe(
      'refused: turnaround-not-offered',
    );
  });

  it('may be replaced, and agreed again after a change of priority', () => {
    const agreed = situations['in full swing'];
    expect(summary(ask(agreed, 'agree-turnaround', { dueAt: '2026-03-09T15:00:00Z' }))).toBe(
      'TurnaroundAgreed',
    );
  });
});

describe('identifying the customer', () => {
  const stranger = stream(
    happened(
      'TicketOpened',
      {
        ...opening,
        customerId: null,
        candidateCustomerIds: ['corner-bakery', 'dentist'],
        coverage: { contractId: null, standing: 'none', plan: null, chargeable: true },
      },
      at('09:00'),
    ),
  );

  it('brings the contract and ends the guessing', () => {
    const decision = ask(stranger, 'identify-customer', { contactId: 'reception' });
    expect(summary(decision)).toBe('CustomerIdentified');
    const after = record(stranger, decision.kind === 'events' ? decision.events : [], now);
    expect(foldTicket(after)).toMatchObject({
      customerId: 'corner-bakery',
      contactId: 'reception',
      candidateCustomerIds: [],
      coverage,
    });
    expect(summary(ask(after, 'identify-customer'))).toBe('unchanged');
  });

  it('is refused when there is no such customer', () => {
    expect(summary(ask(stranger, 'identify-customer', {}, { identification: null }))).toBe(
      'refused: customer-unknown',
    );
  });

  it('never hands a ticket to another customer', () => {
    expect(summary(ask(situations['just opened'], 'identify-customer', { customerId: 'dentist' }))).toBe(
      'refused: already-identified',
    );
  });
});
