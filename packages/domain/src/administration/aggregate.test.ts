import { describe, expect, it } from 'vitest';
import {
  type AdministrationEvent,
  type AdministrationState,
  administrationEventSchemas,
  administrationKinds,
  administrationStreamId,
  type CalendarException,
  decideException,
  evolveAdministration,
  kindOfEvent,
  parseAdministrationStreamId,
} from './index.ts';

const exception = (date: string, hours: CalendarException['hours'] = []): CalendarException => ({
  calendar: 'cat-levels/working',
  date,
  hours,
  reason: 'Office shutdown',
});
const after = (...events: AdministrationEvent[]) =>
  events.reduce<AdministrationState | null>(evolveAdministration, null);

describe('an aggregate of the administration', () => {
  it('is what its last definition says', () => {
    const first = { name: 'Bakery', contacts: [] };
    const second = { name: 'Corner Bakery', contacts: [] };
    expect(
      after({ type: 'CustomerDefined', data: first }, { type: 'CustomerDefined', data: second }),
    ).toEqual(second);
  });

  it('is gone when it is removed, and may be defined again', () => {
    const data = { catalog: null, priorities: ['urgent'], email: 'a@b.example', url: null, secret: null };
    const removed: AdministrationEvent[] = [
      { type: 'OnCallDefined', data },
      { type: 'OnCallRemoved', data: {} },
    ];
    expect(after(...removed)).toBeNull();
    expect(after(...removed, { type: 'OnCallDefined', data })).toEqual(data);
  });

  it('of a calendar holds its exceptions by date', () => {
    const calendar = after(
      { type: 'CalendarExceptionAdded', data: exception('2026-12-28') },
      { type: 'CalendarExceptionAdded', data: exception('2026-12-24') },
      { type: 'CalendarExceptionAdded', data: exception('2026-12-27') },
      { type: 'CalendarExceptionRemoved', data: { calendar: 'cat-levels/working', date: '2026-12-27' } },
    );
    expect(calendar).toEqual({ feed: null, exceptions: [exception('2026-12-24'), exception('2026-12-28')] });
  });
});

describe('an exception', () => {
  const calendar = { exceptions: [exception('2026-12-24')] };

  it('is the only one for its date', () => {
    expect(decideException([], exception('2026-12-24'))).toBe('add');
    expect(decideException(calendar.exceptions, exception('2026-12-25'))).toBe('add');
    expect(decideException(calendar.exceptions, exception('2026-12-24'))).toBe('unchanged');
    expect(decideException(calendar.exceptions, exception('2026-12-24', [['09:00', '12:00']]))).toBe(
      'conflict',
    );
  });
});

describe('a stream of the administration', () => {
  it.each(administrationKinds)('of a %s is named by kind and id', (kind) => {
    expect(parseAdministrationStreamId(administrationStreamId(kind, 'a:b/c'))).toEqual({ kind, id: 'a:b/c' });
  });

  it('is distinguished from others', () => {
    expect(parseAdministrationStreamId('0192f0c1-2345-7abc-8def-0123456789ab')).toBeNull();
    expect(kindOfEvent('TicketOpened')).toBeNull();
    expect(kindOfEvent('toString')).toBeNull();
    expect(Object.keys(administrationEventSchemas).map(kindOfEvent)).not.toContain(null);
  });
});
