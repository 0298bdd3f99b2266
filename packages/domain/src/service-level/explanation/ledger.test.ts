import { describe, expect, it } from 'vitest';
import { explained, type Line } from '../testing/explained.ts';
import type { LedgerSegment } from './ledger.ts';

// 2026-06-15 is a Monday; London is an hour ahead of these times.
const monday = (time: string) => `2026-06-15T${time}:00Z`;
const tuesday = (time: string) => `2026-06-16T${time}:00Z`;
const opened: Line = ['TicketOpened', monday('09:00')];

function lines(ledger: readonly LedgerSegment[]): string[] {
  const short = (instant: number) => new Date(instant).toISOString().slice(8, 16).replace('T', ' ');
  return ledger.map(({ from, to, kind, reason, party, causeEventId, amendmentPosition, calendarEntry }) => {
    const { calendar = '', date = '', name = '' } = calendarEntry ?? {};
    const cause = causeEventId ?? (amendmentPosition === null ? '' : `@${amendmentPosition}`);
    const why = [kind, reason, party && `(${party})`, cause].filter(Boolean).join(' ');
    return `${short(from)}–${short(to)} ${why} | ${[calendar, date, name].filter(Boolean).join(' ')}`.trim();
  });
}
const ledgerOf = (...question: Parameters<typeof explained>) => lines(explained(...question).ledger);

describe('each segment names what caused it', () => {
  it('the event that started the clock, before it and while it counts', () => {
    const events: Line[] = [opened, ['EquipmentFaultDetermined', monday('10:00')]];
    expect(ledgerOf('cat-levels/cat-2', 'normal', events, monday('11:00'), 'replacement')).toEqual([
      '15 09:00–15 10:00 before-start 2:EquipmentFaultDetermined |',
      '15 10:00–15 11:00 counted 2:EquipmentFaultDetermined | cat-levels.working',
    ]);
  });

  it('the hold and who made it wait, and afterwards what ended it', () => {
    const events: Line[] = [
      opened,
      ['ClockHeld', monday('10:00'), { reason: 'awaiting-customer' }],
      ['ClockHeld', monday('10:30'), { reason: 'awaiting-remote-access' }],
      ['ClockReleased', monday('11:00'), { reason: 'awaiting-customer' }],
      ['ClockReleased', monday('12:00'), { reason: 'awaiting-remote-access' }],
    ];
    expect(ledgerOf('cat-levels/cat-1', 'normal', events, monday('13:00'), 'response')).toEqual([
      '15 09:00–15 10:00 counted 1:TicketOpened | cat-levels.working',
      '15 10:00–15 11:00 held awaiting-customer (customer) 2:ClockHeld | cat-levels.working',
      '15 11:00–15 12:00 held awaiting-remote-access (customer) 3:ClockHeld | cat-levels.working',
      '15 12:00–15 13:00 counted 5:ClockReleased | cat-levels.working',
    ]);
  });

  it('a hold that was on already when the clock started', () => {
    const events: Line[] = [
      opened,
      ['ClockHeld', monday('09:30'), { reason: 'awaiting-customer' }],
      ['EquipmentFaultDetermined', monday('10:00')],
    ];
    expect(ledgerOf('cat-levels/cat-2', 'normal', events, monday('11:00'), 'replacement')).toEqual([
      '15 09:00–15 10:00 before-start 3:EquipmentFaultDetermined |',
      '15 10:00–15 11:00 held awaiting-customer (customer) 2:ClockHeld | cat-levels.working',
    ]);
  });

  it('the reopening after a hold that was on when the ticket was closed and reopened within an instant', () => {
    const events: Line[] = [
      opened,
      ['ClockHeld', monday('10:00'), { reason: 'awaiting-customer' }],
      ['TicketClosed', monday('11:00')],
      ['TicketReopened', monday('11:00')],
    ];
    expect(ledgerOf('cat-levels/cat-1', 'normal', events, monday('12:00'), 'response')).toEqual([
      '15 09:00–15 10:00 counted 1:TicketOpened | cat-levels.working',
      '15 10:00–15 11:00 held awaiting-customer (customer) 2:ClockHeld | cat-levels.working',
      '15 11:00–15 12:00 counted 4:TicketReopened | cat-levels.working',
    ]);
  });

  it('between an ending and a reopening the ending, then the reopening', () => {
    const events: Line[] = [
      opened,
      ['TicketResolved', monday('11:00')],
      ['TicketClosed', monday('12:00'), {}],
      ['TicketReopened', tuesday('11:00')],
    ];
    expect(
      ledgerOf('set-rate-contract/set-rate', 'important', events, tuesday('12:00'), 'resolution'),
    ).toEqual([
      '15 09:00–15 11:00 counted 1:TicketOpened | set-rate-contract.always',
      '15 11:00–16 11:00 held not-open 2:TicketResolved | set-rate-contract.always',
      '16 11:00–16 12:00 counted 4:TicketReopened | set-rate-contract.always',
    ]);
  });

  it('the change of priority that started a clock', () => {
    const events: Line[] = [opened, ['PriorityChanged', monday('10:00'), { priority: 'urgent' }]];
    expect(ledgerOf('set-rate-contract/set-rate', 'important', events, monday('11:00'), 'restore')).toEqual([
      '15 09:00–15 10:00 before-start 2:PriorityChanged |',
      '15 10:00–15 11:00 counted 2:PriorityChanged | set-rate-contract.always',
    ]);
  });

  it('the calendar’s entry: the week’s hours, each holiday, each exception', () => {
    const events: Line[] = [['TicketOpened', '2026-12-24T10:00:00Z']];
    const announced: Parameters<typeof explained>[5] = [
      [
        '2026-12-01T00:00:00Z',
        { calendar: 'working', date: '2026-12-24', hours: [['09:00', '12:00']], reason: 'Half-day' },
      ],
      ['2026-12-01T00:00:00Z', { calendar: 'working', date: '2026-12-29', hours: [], reason: 'Shutdown' }],
      ['2026-12-01T00:00:00Z', { calendar: 'working', date: '2026-12-30', hours: [], reason: 'Shutdown' }],
    ];
    expect(
      ledgerOf('cat-levels/cat-1', 'normal', events, '2026-12-31T10:00:00Z', 'response', announced),
    ).toEqual([
      '24 10:00–24 12:00 counted Half-day 1:TicketOpened | cat-levels.working 2026-12-24 Half-day',
      '24 12:00–25 00:00 exception Half-day | cat-levels.working 2026-12-24 Half-day',
      '25 00:00–26 00:00 holiday Christmas Day | cat-levels.working 2026-12-25 Christmas Day',
      '26 00:00–27 00:00 holiday Boxing Day | cat-levels.working 2026-12-26 Boxing Day',
      '27 00:00–28 00:00 closed | cat-levels.working 2026-12-27',
      '28 00:00–29 00:00 holiday Boxing Day (substitute day) | cat-levels.working 2026-12-28 Boxing Day (substitute day)',
      '29 00:00–30 00:00 exception Shutdown | cat-levels.working 2026-12-29 Shutdown',
      '30 00:00–31 00:00 exception Shutdown | cat-levels.working 2026-12-30 Shutdown',
      '31 00:00–31 09:00 closed | cat-levels.working 2026-12-31',
      '31 09:00–31 10:00 counted 1:TicketOpened | cat-levels.working',
    ]);
  });
});

describe('the ledger', () => {
  it('closed hours are closed also while a hold is on: no one is made to wait when no one works', () => {
    const events: Line[] = [
      opened,
      ['ClockHeld', monday('15:00'), { reason: 'awaiting-customer' }],
      ['ClockReleased', tuesday('09:00'), { reason: 'awaiting-customer' }],
    ];
    expect(ledgerOf('cat-levels/cat-1', 'normal', events, tuesday('10:00'), 'response')).toEqual([
      '15 09:00–15 15:00 counted 1:TicketOpened | cat-levels.working',
      '15 15:00–15 16:00 held awaiting-customer (customer) 2:ClockHeld | cat-levels.working',
      '15 16:00–16 08:00 closed | cat-levels.working 2026-06-15',
      '16 08:00–16 09:00 held awaiting-customer (customer) 2:ClockHeld | cat-levels.working',
      '16 09:00–16 10:00 counted 3:ClockReleased | cat-levels.working',
    ]);
  });

  it('shows no hold that the objective does not list', () => {
    const events: Line[] = [opened, ['ClockHeld', monday('10:00'), { reason: 'manufacturer' }]];
    const explanation = explained('cat-levels/cat-1', 'normal', events, monday('11:00'), 'response');
    expect(lines(explanation.ledger)).toEqual([
      '15 09:00–15 11:00 counted 1:TicketOpened | cat-levels.working',
    ]);
    expect(explanation.holds).toEqual(['awaiting-customer', 'awaiting-remote-access']);
  });

  it('of a clock that was re-planned follows the calendar in force, and tells what amended it', () => {
    const shut = { calendar: 'working', date: '2026-06-15', hours: [], reason: 'Flooded' };
    const explanation = explained('cat-levels/cat-1', 'normal', [opened], monday('12:00'), 'response', [
      [monday('11:00'), shut],
    ]);
    expect(lines(explanation.ledger)).toEqual([
      '15 09:00–15 12:00 exception Flooded | cat-levels.working 2026-06-15 Flooded',
    ]);
    expect(explanation.amendments).toEqual([
      {
        at: Date.parse(monday('11:00')),
        kind: 'calendar-exception',
        id: 'cat-levels/working/2026-06-15',
        position: 100,
      },
    ]);
  });

  it('of an agreed turnaround has no calendar', () => {
    const events: Line[] = [opened, ['TurnaroundAgreed', monday('10:00'), { dueAt: tuesday('10:00') }]];
    expect(
      ledgerOf('technical-support-centre/office-hours', 'low', events, tuesday('09:00'), 'resolution'),
    ).toEqual([
      '15 09:00–15 10:00 before-start 2:TurnaroundAgreed |',
      '15 10:00–16 09:00 counted 2:TurnaroundAgreed |',
    ]);
  });
});
