import { evolve, foldTicket, type Ticket, TicketStreamBroken } from '@ringback/domain/ticket';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { at, happened, opened, opening, stream } from '../../../domain/src/ticket/testing/histories.ts';
import { representTicket, TicketRepresentation } from './index.ts';

const represent = (ticket: Ticket | null) => {
  if (ticket === null) throw new Error('no ticket');
  return TicketRepresentation.parse(representTicket(ticket));
};

const call = { integrationId: 'pbx', callId: 'c-1', direction: 'in' as const };
const history = stream(
  happened('TicketOpened', { ...opening, call }, at('09:00')),
  happened('ClockHeld', { reason: 'third-party-network', note: null }, at('09:05')),
  happened('CallLinked', { call, from: null, to: null, outcome: 'answered' }, at('09:06')),
  happened('AgentReplied', { channel: 'phone', text: null, call: { ...call, callId: 'c-2' } }, at('09:07')),
  happened('WorkLogged', { minutes: 20, kind: 'remote', role: null, note: null }, at('09:30')),
  happened('ServiceRestored', { note: null }, at('09:30')),
  happened('TicketResolved', { resolution: 'Done.' }, at('09:40')),
  happened('TicketAcknowledged', { note: null }, at('09:02'), at('09:50')),
);

describe('a ticket as the API shows it', () => {
  it('tells what its events tell', () => {
    expect(represent(foldTicket(history))).toMatchObject({
      reference: 'RB-4820-1937',
      version: 8,
      state: 'resolved',
      contract: { id: 'corner-bakery-2026', standing: 'active' },
      plan: 'technical-support-centre/office-hours',
      catalogVersion: 1,
      chargeable: false,
      holds: [],
      acknowledgedAt: at('09:02'),
      restoredAt: at('09:30'),
      resolvedAt: at('09:40'),
      lastReplyFrom: 'agent',
      calls: [
        { ...call, outcome: 'answered' },
        { ...call, callId: 'c-2', outcome: null },
      ],
      workedMinutes: 20,
      updatedAt: at('09:50'),
      position: 80,
    });
  });

  it('as it stood at an instant', () => {
    const then = represent(foldTicket(history, { at: at('09:06') }));
    expect(then).toMatchObject({
      state: 'open',
      holds: [{ reason: 'third-party-network', party: 'carrier', since: at('09:05') }],
      acknowledgedAt: at('09:02'),
      resolvedAt: null,
    });
  });

  it('as it was known at an instant', () => {
    expect(represent(foldTicket(history, { knownAt: at('09:45') }))).toMatchObject({
      state: 'resolved',
      acknowledgedAt: null,
    });
  });

  it('takes the ending back when it is reopened', () => {
    const reopened = stream(
      opened,
      happened('ServiceRestored', { note: null }, at('09:30')),
      happened('TicketResolved', { resolution: null }, at('09:40')),
      happened('TicketReopened', { reason: null }, at('10:00')),
    );
    expect(represent(foldTicket(reopened))).toMatchObject({
      state: 'open',
      restoredAt: null,
      resolvedAt: null,
      reopenedAt: at('10:00'),
    });
  });

  it('is chargeable when it is out of scope', () => {
    const outside = stream(
      opened,
      happened('TicketMarkedOutOfScope', { reason: 'Relocation.' }, at('09:30')),
    );
    expect(represent(foldTicket(outside))).toMatchObject({ chargeable: true, outOfScope: 'Relocation.' });
  });

  it('loses the charge mark when a renewal covers it after all', () => {
    const ended = {
      ...opening,
      coverage: { ...opening.coverage, standing: 'ended' as const, chargeable: true },
    };
    const covered = stream(
      happened('TicketOpened', ended, at('09:00')),
      happened(
        'DeadlineReplanned',
        {
          objective: 'response',
          occurrence: 1,
          before: { targetAt: null, dueAt: null },
          after: { targetAt: null, dueAt: at('15:00') },
          cause: { kind: 'contract', id: 'corner-bakery-2026', position: 7 },
        },
        at('10:00'),
      ),
    );
    expect(represent(foldTicket(covered, { at: at('09:30') })).chargeable).toBe(true);
    expect(represent(foldTicket(covered)).chargeable).toBe(false);
    const uncovered = foldTicket(stream(happened('TicketOpened', ended, at('09:00'))));
    if (uncovered === null) throw new Error('no ticket');
    expect(representTicket(uncovered).chargeable).toBe(true);
    expect(representTicket(uncovered, { recovered: true }).chargeable).toBe(false);
  });

  it('never shows a number that was withheld', () => {
    const caller = { raw: '+442079460000', e164: '+442079460000', anonymous: true, name: null };
    const ticket = foldTicket(stream(happened('TicketOpened', { ...opening, caller }, at('09:00'))));
    expect(represent(ticket).caller).toEqual({ number: null, e164: null, anonymous: true, name: null });
  });

  it('can be described to others', () => {
    expect(z.toJSONSchema(TicketRepresentation).$defs?.Ticket).toMatchObject({
      type: 'object',
      additionalProperties: false,
    });
  });
});

describe('a stream that no decision could have written', () => {
  it('is refused', () => {
    const [first, second] = history;
    if (first === undefined || second === undefined) throw new Error('too short');
    expect(() => evolve(null, second)).toThrow(TicketStreamBroken);
    expect(() => evolve(evolve(null, first), first)).toThrow(TicketStreamBroken);
  });
});
