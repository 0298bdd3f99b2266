import { randomUUID } from 'node:crypto';
import { asTicketEvent, foldTicket, newTicketEvent } from '@ringback/domain/ticket';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EventLog, NewEvent } from '../port.ts';
import { appendTo, createLogDatabase, type LogDatabase, note } from '../testing/log-database.ts';

let database: LogDatabase;
let log: EventLog;
beforeAll(async () => {
  database = await createLogDatabase();
  log = database.openLog();
});
afterAll(() => database.drop());

const customers = ['bakery', 'dentist', 'baker'];
const coverage = { contractId: null, standing: 'none' as const, plan: null, chargeable: true };
const minute = (minutes: number) => new Date(Date.UTC(2026, 2, 2, 9, minutes)).toISOString();
const opened = (customerId: string | null): NewEvent =>
  newTicketEvent(
    'TicketOpened',
    {
      ...{
        reference: 'RB-4820-1937',
        customerId,
        candidateCustomerIds: customers,
        contactId: null,
        coverage,
      },
      ...{
        priority: 'normal',
        channel: 'portal',
        subject: 'x',
        description: null,
        caller: null,
        email: null,
      },
      ...{ call: null, refersToTicketId: null },
    },
    minute(0),
  );

/** What follows the opening: notes, and identifications in any order of occurrence. */
const following = fc.array(
  fc.record({ customerId: fc.option(fc.constantFrom(...customers)), at: fc.integer({ min: 0, max: 5 }) }),
  { maxLength: 6 },
);

it('is read for the customer whose ticket it is by its fold, and for no other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.option(fc.constantFrom(...customers)), following, async (first, events) => {
      const id = randomUUID();
      const stream = { category: 'ticket' as const, id };
      const rest = events.map(({ customerId, at }) =>
        customerId === null
          ? { ...note('x'), occurredAt: minute(at) }
          : newTicketEvent(
              'CustomerIdentified',
              { customerId, contactId: null, coverage, priority: 'normal' },
              minute(at),
            ),
      );
      await log.append(appendTo(id, opened(first), ...(rest as NewEvent[])));
      const whole = await log.readStream(stream);
      const owner = foldTicket(whole.map(asTicketEvent))?.customerId ?? null;
      for (const customerId of [...customers, 'null', ''])
        expect(await log.readStream(stream, { customerId })).toEqual(customerId === owner ? whole : []);
      if (owner !== null)
        expect(await log.readStream(stream, { customerId: owner, toVersion: 1 })).toEqual(whole.slice(0, 1));
    }),
    { numRuns: 150 },
  );
  expect(await log.readStream({ category: 'ticket', id: randomUUID() }, { customerId: 'bakery' })).toEqual(
    [],
  );
});
