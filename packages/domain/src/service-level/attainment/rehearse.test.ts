import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../catalog/index.ts';
import { type Coverage, type NewTicketEvent, newTicketEvent, type TicketEvent } from '../../ticket/index.ts';
import { catalogProblems, compilePlan, draftPriority, PriorityUnmapped, rehearse } from '../index.ts';
import { alwaysCatalog } from './testing/always-catalog.ts';

const text = readFileSync(new URL('../../../../../catalogs/set-rate-contract.yaml', import.meta.url), 'utf8');
const recordedPlan = compilePlan(parseCatalog(text, catalogProblems), 'set-rate');
const covered: Coverage = {
  contractId: 'k',
  standing: 'active',
  plan: { catalog: 'set-rate-contract', catalogVersion: 1, plan: 'set-rate' },
  chargeable: false,
};
const uncovered: Coverage = { contractId: null, standing: 'none', plan: null, chargeable: true };
const at = (time: string) => `2026-06-15T${time}:00.000Z`;

function opening(coverage: Coverage, priority: string): NewTicketEvent {
  const nobody = { customerId: 'c', candidateCustomerIds: [], contactId: null, caller: null, email: null };
  const rest = { reference: 'RB-0000-0000', channel: 'portal' as const, subject: 's', description: null };
  const data = { ...nobody, ...rest, coverage, priority, call: null, refersToTicketId: null };
  return newTicketEvent('TicketOpened', data, at('09:00'));
}

function rehearsed(
  coverage: Coverage,
  events: NewTicketEvent[],
  mapping: { [recorded: string]: string } = {},
) {
  const recorded = [opening(coverage, 'important'), ...events].map(
    (event, index) =>
      ({
        ...event,
        id: `event-${index}`,
        ticketId: 't',
        version: index + 1,
        position: index + 1,
      }) as TicketEvent,
  );
  return rehearse({
    events: recorded,
    plans:
      coverage.plan === null ? [] : [{ from: Number.NEGATIVE_INFINITY, plan: recordedPlan, cause: null }],
    draft: compilePlan(alwaysCatalog, 'quick'),
    priorityOf: (priority) => draftPriority(alwaysCatalog, mapping, priority),
    asOf: Date.parse(at('18:00')),
  });
}
const response = ({ clocks }: ReturnType<typeof rehearsed>) =>
  clocks.find(({ objective }) => objective === 'response');
const asNormal = { important: 'normal', urgent: 'emergency' };
const changed = (priority: string, time: string) =>
  newTicketEvent('PriorityChanged', { priority, previous: '' }, at(time));

describe('a rehearsal', () => {
  it('shows each clock under both plans, and in what they differ', () => {
    const found = rehearsed(
      covered,
      [newTicketEvent('TicketAcknowledged', { note: null }, at('12:00'))],
      asNormal,
    );
    expect(response(found)).toMatchObject({
      inForce: { state: 'met', dueAt: at('13:00') },
      draft: { state: 'met', dueAt: at('13:00') },
      differences: [],
    });
    expect(found.clocks.find(({ objective }) => objective === 'update')).toMatchObject({
      draft: null,
      differences: ['clock'],
    });
    expect(found.outcomes.inForce.map(({ objective }) => objective)).toEqual(
      expect.arrayContaining(['response', 'resolution', 'update']),
    );
    expect(found.outcomes.draft.map(({ objective, state }) => [objective, state])).toEqual([
      ['response', 'met'],
    ]);
  });

  it('holds clocks by the draft’s rules', () => {
    const found = rehearsed(
      covered,
      [newTicketEvent('ClockHeld', { reason: 'awaiting-customer', note: null }, at('10:00'))],
      asNormal,
    );
    expect(response(found)).toMatchObject({
      inForce: { state: 'breached', dueAt: at('13:00') },
      draft: { state: 'held', dueAt: null },
      differences: ['state', 'dueAt', 'breachedAt'],
    });
  });

  it('maps the priority at the opening and at every change', () => {
    const found = rehearsed(covered, [changed('urgent', '09:30')], asNormal);
    expect(response(found)?.draft).toMatchObject({
      targetAt: at('09:15'),
      dueAt: at('10:00'),
      state: 'breached',
    });
  });

  it('refuses a recorded priority that the draft does not know', () => {
    expect(() => rehearsed(covered, [])).toThrow(PriorityUnmapped);
    expect(() => rehearsed(covered, [changed('urgent', '09:30')], { important: 'normal' })).toThrow(
      '"urgent"',
    );
    expect(() => draftPriority(alwaysCatalog, {}, 'toString')).toThrow(PriorityUnmapped);
    expect(draftPriority(alwaysCatalog, {}, 'emergency')).toBe('emergency');
  });

  it('covers a ticket that was opened without cover', () => {
    const found = rehearsed(uncovered, [], asNormal);
    expect(found.outcomes.inForce).toEqual([]);
    expect(response(found)).toMatchObject({
      inForce: null,
      draft: { state: 'breached', dueAt: at('13:00') },
    });
  });

  it('breaches nothing before a caller was identified', () => {
    const identified = newTicketEvent(
      'CustomerIdentified',
      { customerId: 'c', contactId: null, coverage: uncovered, priority: 'urgent' },
      at('15:00'),
    );
    const found = rehearsed(uncovered, [identified], asNormal);
    expect(response(found)?.draft).toMatchObject({ dueAt: at('10:00'), breachedAt: at('15:00') });
  });
});
