import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCatalog } from '../../catalog/index.ts';
import {
  type Coverage,
  holdReasons,
  type NewTicketEvent,
  newTicketEvent,
  type TicketEvent,
} from '../../ticket/index.ts';
import { catalogProblems, compilePlan, draftPriority, rehearse } from '../index.ts';

const text = readFileSync(new URL('../../../../../catalogs/set-rate-contract.yaml', import.meta.url), 'utf8');
const catalog = parseCatalog(text, catalogProblems);
const plan = compilePlan(catalog, 'set-rate');
const openedAt = Date.parse('2026-03-27T15:30:00Z');
const instant = (minutes: number) => new Date(openedAt + minutes * 60_000).toISOString();
const priorities = Object.keys(catalog.priorities);
const coverage: Coverage = {
  contractId: 'k',
  standing: 'active',
  plan: { catalog: catalog.catalog, catalogVersion: 1, plan: 'set-rate' },
  chargeable: false,
};

function opening(priority: string): NewTicketEvent {
  const nobody = { customerId: 'c', candidateCustomerIds: [], contactId: null, caller: null, email: null };
  const rest = { reference: 'RB-0000-0000', channel: 'portal' as const, subject: 's', description: null };
  const data = { ...nobody, ...rest, coverage, priority, call: null, refersToTicketId: null };
  return newTicketEvent('TicketOpened', data, instant(0));
}

const reason = fc.constantFrom(...holdReasons);
const when = fc.integer({ min: 0, max: 6 * 24 * 60 }).map(instant);
const step = fc.oneof(
  fc.tuple(reason, when).map(([each, at]) => newTicketEvent('ClockHeld', { reason: each, note: null }, at)),
  fc.tuple(reason, when).map(([each, at]) => newTicketEvent('ClockReleased', { reason: each }, at)),
  fc
    .tuple(fc.constantFrom(...priorities), when)
    .map(([priority, at]) => newTicketEvent('PriorityChanged', { priority, previous: '' }, at)),
  when.map((at) => newTicketEvent('TicketAcknowledged', { note: null }, at)),
  when.map((at) => newTicketEvent('TicketResolved', { resolution: null }, at)),
  when.map((at) => newTicketEvent('TicketReopened', { reason: null }, at)),
);

describe('for any history', () => {
  it('a rehearsal of the plan in force changes nothing', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...priorities),
        fc.array(step, { maxLength: 10 }),
        fc.integer({ min: 0, max: 8 * 24 * 60 }),
        (priority, steps, asked) => {
          const events = [opening(priority), ...steps].map(
            (event, index) =>
              ({ ...event, id: `event-${index}`, ticketId: 't', version: index + 1 }) as TicketEvent,
          );
          const { clocks, outcomes } = rehearse({
            events,
            plans: [{ from: Number.NEGATIVE_INFINITY, plan, cause: null }],
            draft: plan,
            priorityOf: (recorded) => draftPriority(catalog, {}, recorded),
            asOf: openedAt + asked * 60_000,
          });
          expect(clocks.length).toBeGreaterThan(0);
          expect(clocks.flatMap(({ differences }) => differences)).toEqual([]);
          expect(outcomes.draft).toEqual(outcomes.inForce);
        },
      ),
      { numRuns: 200 },
    );
  });
});
