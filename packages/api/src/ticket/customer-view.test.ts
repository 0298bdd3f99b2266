import {
  breachTypes,
  eventTraits,
  evolve,
  type Ticket,
  type TicketEvent,
  type TicketEventType,
  ticketCloudEventSchema,
  ticketEventTypes,
  toCloudEvent,
} from '@ringback/domain/ticket';
import { describe, expect, it } from 'vitest';
import { eventData } from '../../../domain/src/ticket/testing/event-data.ts';
import { at, happened, opened, stream } from '../../../domain/src/ticket/testing/histories.ts';
import { dataVisibility, type FieldRules } from './field-visibility.ts';
import {
  cloudEventForCustomer,
  historyForCustomer,
  isVisibleToCustomer,
  representTicket,
  TicketRepresentation,
  ticketForCustomer,
} from './index.ts';

const recorded = (type: TicketEventType, data: object = eventData[type]): TicketEvent =>
  ({ ...stream(opened)[0], type, data }) as TicketEvent;
const uuid = '0192f0c1-2345-7abc-8def-0123456789ab';
const facts = { reference: 'RB-4820-1937', subject: 'No outgoing calls', priority: 'low' };
const told = (type: TicketEventType, owner: string | null, customerId: string | null) =>
  cloudEventForCustomer(
    toCloudEvent(recorded(type), { ...facts, customerId: owner, plan: 'cat-levels/cat-1' }),
    customerId,
  );

/** `Type.field` of the data that differ from what staff read. */
function hidden(types: readonly TicketEventType[], owner: string, customerId: string): string[] {
  return types.flatMap((type) => {
    const seen = told(type, owner, customerId)?.data ?? {};
    const whole = told(type, owner, null)?.data ?? {};
    return Object.keys(whole)
      .filter((field) => JSON.stringify(seen[field]) !== JSON.stringify(whole[field]))
      .map((field) => `${type}.${field}`);
  });
}

const betweenStaff: TicketEventType[] = ['TicketAssigned', 'NoteAdded', 'WorkLogged'];
const visible = ticketEventTypes.filter((type) => !betweenStaff.includes(type));

describe('what a customer reads', () => {
  it('leaves out the events between staff, and an event that this release does not know', () => {
    expect(ticketEventTypes.filter((type) => eventTraits[type].visibility === 'staff')).toEqual(betweenStaff);
    for (const type of ticketEventTypes) {
      expect(isVisibleToCustomer(type)).toBe(!betweenStaff.includes(type));
      expect(told(type, 'dentist', 'dentist') === null).toBe(betweenStaff.includes(type));
    }
    const unknown = {
      ...toCloudEvent(recorded('TicketAcknowledged'), { ...facts, customerId: null, plan: null }),
    };
    expect(cloudEventForCustomer({ ...unknown, type: 'ScandalDiscovered' }, 'dentist')).toBeNull();
    expect(cloudEventForCustomer({ ...unknown, type: 'constructor' }, 'dentist')).toBeNull();
  });

  it('of its own ticket’s events lacks what staff note with what they do, and nothing else', () => {
    const ofOwn = visible.filter((type) => type !== 'TicketOpened');
    expect(hidden(ofOwn, 'dentist', 'dentist')).toEqual([
      'TicketAcknowledged.note',
      'ClockHeld.note',
      'InterventionStarted.note',
      'EquipmentFaultDetermined.note',
      'ReplacementDelivered.note',
      'OnSiteVisitDetermined.note',
      'ServiceRestored.note',
    ]);
    expect(hidden(['TicketOpened'], 'corner-bakery', 'corner-bakery')).toEqual([
      'TicketOpened.candidateCustomerIds',
    ]);
  });

  it('of warnings, breaches and retractions is all that staff read: they hold no note', () => {
    expect(hidden(breachTypes, 'dentist', 'dentist')).toEqual([]);
  });

  it('of a time when the ticket was another customer’s lacks whose it was', () => {
    const foreign = hidden(visible, 'orthodontist', 'bakery').filter((field) => !field.endsWith('.note'));
    expect(foreign).toEqual([
      ...['customerId', 'candidateCustomerIds', 'contactId', 'coverage', 'refersToTicketId', 'ticket'].map(
        (field) => `TicketOpened.${field}`,
      ),
      ...visible
        .slice(1)
        .flatMap((type) => [
          ...(type === 'CustomerReplied' ? ['CustomerReplied.contactId'] : []),
          ...(type === 'CustomerIdentified' ? ['customerId', 'contactId', 'coverage'] : []).map(
            (field) => `${type}.${field}`,
          ),
          ...(type === 'DeadlineReplanned' ? ['DeadlineReplanned.cause'] : []),
          `${type}.ticket`,
        ]),
    ]);
    for (const type of visible) {
      const text = JSON.stringify(told(type, 'orthodontist', 'bakery'));
      for (const id of ['orthodontist', 'corner-bakery', 'dentist', 'cat-levels'])
        expect(text).not.toContain(id);
    }
  });

  it('is still what the schema of the event says', () => {
    for (const type of visible) {
      for (const customerId of ['dentist', 'corner-bakery', 'bakery']) {
        const event = told(type, 'dentist', customerId);
        expect([
          type,
          ticketCloudEventSchema(type).safeParse({
            ...event,
            subject: event?.data.ticket && uuid,
            data: { ...event?.data, ticket: { ...(event?.data.ticket as object), id: uuid } },
          }).error?.issues ?? [],
        ]).toEqual([type, []]);
      }
    }
  });

  it('lacks a number that the caller withheld', () => {
    const caller = { raw: '020 7999 1234', e164: '+442079991234', anonymous: true, name: null };
    for (const [type, field] of [
      ['TicketOpened', 'caller'],
      ['CallLinked', 'from'],
    ] as const) {
      const event = recorded(type, { ...eventData[type], [field]: caller });
      expect(JSON.stringify(historyForCustomer([event], 'corner-bakery'))).not.toMatch(/7999/);
      expect(JSON.stringify(historyForCustomer([event], null))).toMatch(/7999/);
    }
  });

  it('lacks a field that no rule speaks of', () => {
    const event = recorded('TicketAcknowledged', { note: null, margin: '40 %' });
    expect(historyForCustomer([event], 'dentist')[0]?.data).toEqual({ note: null });
  });

  it('has a rule for each field: without one it does not compile', () => {
    // @ts-expect-error: `note` has none.
    const incomplete: FieldRules<{ note: string | null }> = {};
    // @ts-expect-error: what is neither null nor a list cannot be hidden.
    const impossible: FieldRules<{ text: string }> = { text: 'staff' };
    expect([incomplete, impossible]).toHaveLength(2);
    expect(Object.keys(dataVisibility)).toEqual(visible);
  });
});

describe('a history', () => {
  const coverageOf = (contractId: string) => ({ ...eventData.CustomerIdentified.coverage, contractId });
  const identified = (customerId: string, time: string, recordedAt = time) =>
    happened(
      'CustomerIdentified',
      {
        customerId,
        contactId: `desk-of-${customerId}`,
        coverage: coverageOf(`${customerId}-1`),
        priority: 'low',
      },
      at(time),
      at(recordedAt),
    );
  const reply = (contactId: string, time: string) =>
    happened('CustomerReplied', { channel: 'portal', text: 'Line 3.', contactId }, at(time));
  const unknown = happened(
    'TicketOpened',
    {
      ...eventData.TicketOpened,
      customerId: null,
      contactId: null,
      coverage: { ...coverageOf(''), contractId: null },
    },
    at('09:00'),
  );
  const history = stream(
    unknown,
    identified('orthodontist', '09:10'),
    reply('desk-of-orthodontist', '09:20'),
    identified('bakery', '09:30'),
    reply('desk-of-bakery', '09:40'),
    // Evidence of what was overtaken before it was recorded.
    identified('dentist', '09:15', '10:00'),
    reply('desk-of-bakery', '10:10'),
  );

  it('does not tell a customer whose the ticket was before, in whatever order that was recorded', () => {
    const text = JSON.stringify(historyForCustomer(history, 'bakery'));
    expect(text).not.toContain('orthodontist');
    expect(text).not.toContain('dentist');
    expect(text.match(/desk-of-bakery/g)).toHaveLength(3);
    expect(historyForCustomer(history, null)).toEqual(history);
  });

  it('is shown the same way event by event', () => {
    const ticketAfter = (version: number) =>
      history
        .slice(0, version)
        .toSorted((a, b) => (a.occurredAt < b.occurredAt ? -1 : 1))
        .reduce<Ticket | null>(evolve, null);
    const seen = history.flatMap((event) => {
      const customerId = ticketAfter(event.version)?.customerId ?? null;
      const cloudEvent = cloudEventForCustomer(
        toCloudEvent(event, { ...facts, customerId, plan: null }),
        'bakery',
      );
      const { ticket: _, recordedAt: __, ...data } = cloudEvent?.data ?? {};
      return cloudEvent === null ? [] : [data];
    });
    expect(seen).toEqual(historyForCustomer(history, 'bakery').map(({ data }) => data));
  });
});

describe('a ticket', () => {
  const history = stream(
    happened('TicketOpened', eventData.TicketOpened, at('09:00')),
    happened('TicketAssigned', { assignee: 'emma' }, at('09:05')),
    happened('WorkLogged', eventData.WorkLogged, at('09:06')),
  );
  const ticket = representTicket(history.reduce<Ticket | null>(evolve, null) as Ticket);
  const differing = (customerId: string) => {
    const seen = ticketForCustomer(ticket, customerId);
    expect(TicketRepresentation.parse(seen)).toEqual(seen);
    expect(Object.keys(seen)).toEqual(Object.keys(ticket));
    return Object.keys(ticket).filter(
      (field) => JSON.stringify(seen[field as 'id']) !== JSON.stringify(ticket[field as 'id']),
    );
  };

  it('does not show its customer who works on it, for how long, or whose it could have been', () => {
    expect(differing('corner-bakery')).toEqual(['candidateCustomerIds', 'assignee', 'workedMinutes']);
    expect(ticketForCustomer(ticket, null)).toBe(ticket);
  });

  it('as it stood when it was another customer’s does not show whose it was', () => {
    expect(differing('bakery')).toEqual([
      ...['customerId', 'candidateCustomerIds', 'contactId', 'contract', 'plan', 'catalogVersion'],
      ...['assignee', 'chargeable', 'workedMinutes'],
    ]);
  });
});
