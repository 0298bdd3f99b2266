import { describe, expect, it } from 'vitest';
import { decideServiceLevel, toClockEvents } from '../../service-level/index.ts';
import {
  eventTraits,
  evolve,
  foldTicket,
  type Ticket,
  type TicketEvent,
  type TicketEventType,
  ticketEventTypes,
  typesReadWithoutData,
} from '../index.ts';
import { eventData } from '../testing/event-data.ts';
import { at, happened, opened, stream } from '../testing/histories.ts';

const later = ticketEventTypes.filter((type) => type !== 'TicketOpened');
const before = [
  stream(opened),
  stream(
    opened,
    happened('EquipmentFaultDetermined', { equipment: 'handset', note: null }, at('09:05')),
    happened('OnSiteVisitDetermined', { note: null }, at('09:05')),
    happened('ClockHeld', { reason: 'awaiting-customer', note: null }, at('09:06')),
  ),
  stream(
    happened(
      'TicketOpened',
      {
        ...eventData.TicketOpened,
        customerId: null,
        coverage: { contractId: null, standing: 'ended', plan: null, chargeable: true },
      },
      at('09:00'),
    ),
  ),
  stream(opened, happened('TicketResolved', { resolution: 'Done.' }, at('09:10'))),
  stream(opened, happened('TicketClosed', { reason: 'Withdrawn.' }, at('09:10'))),
  stream(opened, happened('TicketDeclined', { reason: 'Not ours.' }, at('09:10'))),
];

const next = (history: readonly TicketEvent[], type: TicketEventType, data: object): TicketEvent =>
  ({
    ...(history.at(-1) as TicketEvent),
    ...{ type, data, id: 'next', version: history.length + 1, occurredAt: at('09:30') },
  }) as TicketEvent;

/** What each history becomes by an event of this type. */
const steps = (type: TicketEventType): [ticket: Ticket, then: Ticket][] =>
  before.map((history) => {
    const ticket = foldTicket(history);
    if (ticket === null) throw new Error('no ticket');
    return [ticket, evolve(ticket, next(history, type, eventData[type]))];
  });

describe('a type’s trait', () => {
  it.each(later)('leadsTo of %s is the state that a ticket enters by it, and no other', (type) => {
    const { leadsTo } = eventTraits[type];
    const entered = steps(type).flatMap(([ticket, then]) =>
      ticket.state === then.state ? [] : [then.state],
    );
    expect(new Set(entered)).toEqual(new Set(leadsTo === null ? [] : [leadsTo]));
    for (const [ticket, then] of steps(type))
      expect(then.settledAt).toBe(leadsTo === null ? ticket.settledAt : at('09:30'));
  });

  it.each(later)('sets of %s names the facts of a ticket that change by it, and no other', (type) => {
    const facts = {
      customer: ({ customerId, contactId, coverage }: Ticket) => ({ customerId, contactId, coverage }),
      priority: ({ priority }: Ticket) => priority,
      subject: ({ reference, subject }: Ticket) => ({ reference, subject }),
      assignee: ({ assignee }: Ticket) => assignee,
    };
    const changed = Object.entries(facts).flatMap(([name, of]) =>
      steps(type).some(([ticket, then]) => JSON.stringify(of(ticket)) !== JSON.stringify(of(then)))
        ? [name]
        : [],
    );
    expect(new Set(changed)).toEqual(new Set(eventTraits[type].sets));
  });

  it.each(later)(
    'readsData of %s says whether the fold, the clocks or the timer look at its data',
    (type) => {
      const read = new Set<string>();
      const watched = new Proxy(eventData[type], {
        get(data, field) {
          read.add(String(field));
          return Reflect.get(data, field);
        },
      });
      for (const history of before) {
        const ticket = foldTicket(history);
        if (ticket === null) throw new Error('no ticket');
        const event = next(history, type, watched);
        expect(evolve(ticket, event).version).toBe(history.length + 1);
        const events = [...history, event];
        toClockEvents(events);
        decideServiceLevel({ plans: [], events, now: Date.parse(at('10:00')) });
      }
      expect([type, read.size > 0]).toEqual([type, eventTraits[type].readsData]);
      expect(typesReadWithoutData.includes(type)).toBe(read.size === 0);
    },
  );
});
