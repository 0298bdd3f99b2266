import { expect, it } from 'vitest';
import { toClockEvents } from '../service-level/index.ts';
import { evolve, foldTicket, type TicketEvent, typesReadWithoutData } from './index.ts';
import { at, happened, opened, stream } from './testing/histories.ts';

const unread = new Proxy(
  {},
  {
    get: (_, field) => {
      throw new Error(`data.${String(field)} is read`);
    },
  },
);
const before = [
  stream(opened),
  stream(
    opened,
    happened('EquipmentFaultDetermined', { equipment: 'handset', note: null }, at('09:05')),
    happened('ClockHeld', { reason: 'awaiting-customer', note: null }, at('09:06')),
  ),
  stream(opened, happened('TicketResolved', { resolution: 'Done.' }, at('09:10'))),
  stream(opened, happened('TicketDeclined', { reason: 'Not ours.' }, at('09:10'))),
];

it.each(typesReadWithoutData)(
  '%s changes a ticket and its clocks by its type and its instants alone',
  (type) => {
    for (const history of before) {
      const ticket = foldTicket(history);
      const [opening] = history;
      if (ticket === null || opening === undefined) throw new Error('no ticket');
      const version = history.length + 1;
      const event = {
        ...opening,
        type,
        version,
        data: unread,
        occurredAt: at('09:30'),
      } as unknown as TicketEvent;
      expect(evolve(ticket, event).version).toBe(version);
      const events = toClockEvents([...history, event]);
      expect(events.at(-1)).toMatchObject({ type, at: Date.parse(at('09:30')) });
    }
  },
);
