import { describe, expect, it } from 'vitest';
import { decideOpening, foldTicket, type Opening, OpenTicket } from '../index.ts';
import { at, opened, opening, record } from '../testing/histories.ts';

const asked: Opening = {
  ...opening,
  priority: null,
  defaultPriority: 'normal',
  priorities: ['high', 'normal'],
  occurredAt: null,
};

describe('opening a ticket', () => {
  it('takes the default priority where none is asked for', () => {
    expect(decideOpening(asked, at('10:00'))).toMatchObject({
      kind: 'events',
      events: [{ type: 'TicketOpened', occurredAt: null, data: { priority: 'normal' } }],
    });
  });

  it('carries what the event’s schema asks for, and no more', () => {
    const decision = decideOpening(
      { ...asked, priority: 'high', occurredAt: '2026-03-02T11:00:00+02:00' },
      at('10:00'),
    );
    const history = record([], decision.kind === 'events' ? decision.events : [], at('10:00'));
    expect(foldTicket(history)).toMatchObject({
      state: 'open',
      priority: 'high',
      openedAt: at('09:00'),
      version: 1,
    });
  });

  it('refuses a priority that is not the catalog’s', () => {
    expect(decideOpening({ ...asked, priority: 'asap' }, at('10:00'))).toMatchObject({
      kind: 'refused',
      code: 'priority-unknown',
      state: null,
    });
  });

  it('refuses an instant in the future', () => {
    expect(decideOpening({ ...asked, occurredAt: at('10:01') }, at('10:00'))).toMatchObject({
      code: 'in-the-future',
    });
  });
});

describe('the request', () => {
  it('needs a subject only', () => {
    expect(OpenTicket.parse({ subject: 'No calls' })).toEqual({ subject: 'No calls', channel: 'portal' });
  });

  it.each([
    {},
    { subject: '' },
    { subject: 'x'.repeat(501) },
    { subject: 'a\0b' },
    { subject: '\ud800' },
    { subject: 'No calls', surprise: 1 },
    { subject: 'No calls', occurredAt: 'yesterday' },
    { subject: 'No calls', email: 'nobody' },
  ])('is refused when it is %j', (body) => {
    expect(OpenTicket.safeParse(body).success).toBe(false);
  });
});

describe('reading a stream', () => {
  it('knows no ticket before its opening', () => {
    const history = record([], [opened.event], at('09:30'));
    expect(foldTicket(history, { at: at('08:59') })).toBeNull();
    expect(foldTicket(history, { knownAt: at('09:29') })).toBeNull();
    expect(foldTicket(history, { at: at('09:00') })).not.toBeNull();
  });
});
