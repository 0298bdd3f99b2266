import {
  catalogCalendar,
  evaluate,
  explain,
  listCalendar,
  representExplanation,
  type ServiceLevelHistory,
} from '@ringback/domain/service-level';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  exceptionsInForce,
  historyOf,
  type RandomTicket,
  randomTicket,
} from '../../packages/domain/src/service-level/testing/random-ticket.ts';
import { checkLedger } from './check-ledger.ts';
import type { Calendar, Documents, RecordedEvent } from './documents.ts';
import { plantedFaults } from './testing/planted-faults.ts';

const instant = (at: number) => new Date(at).toISOString();

function exportedEvents({ events }: ServiceLevelHistory): RecordedEvent[] {
  return events.map(({ id, type, at, reason }, index) => ({
    ...{ id: id ?? '', type, version: index + 1, occurredAt: instant(at) },
    data: reason === undefined ? {} : { reason },
  }));
}

/** The listing of the calendar that the ledger names, as it stood after `amended` amendments. */
function exportedCalendar(ticket: RandomTicket, name: string, amended: number): Calendar {
  const { catalog, events } = ticket;
  const id = name.slice(name.indexOf('.') + 1);
  const calendar = catalogCalendar(catalog, id, exceptionsInForce(ticket)[amended]);
  const openedAt = (events[0]?.at ?? 0) * 60_000;
  const [from, to] = [openedAt - 2 * 86_400_000, openedAt + 60 * 86_400_000];
  const { intervals, closed } = listCalendar(calendar, from, to);
  return {
    ...{ id: name, timeZone: catalog.timeZone, from: instant(from), to: instant(to), closed },
    intervals: intervals.map((each) => ({ ...each, from: instant(each.from), to: instant(each.to) })),
  };
}

/** What the API would answer for each clock of a ticket. */
function exported(ticket: RandomTicket): Documents[] {
  const history = historyOf(ticket);
  return evaluate(history).clocks.flatMap(({ objective, occurrence, breachedAt, endedAt }) => {
    const explained = explain({ ...history, objective, occurrence });
    if (explained === null) return [];
    const explanation = representExplanation(explained, String);
    const named = explanation.ledger.find(({ calendarEntry }) => calendarEntry !== null)?.calendarEntry;
    // Whether an amendment of the instant of an ending or a breach came before it, the calendar alone cannot tell.
    const until = Math.min(breachedAt ?? history.asOf, endedAt ?? history.asOf);
    const amended = ticket.amendments.filter(({ at }) => at * 60_000 <= until).length;
    const calendar =
      named === undefined || named === null ? undefined : exportedCalendar(ticket, named.calendar, amended);
    return [{ explanation, events: exportedEvents(history), calendar }];
  });
}

describe('the ledgers of random tickets', () => {
  it('of every catalog follow from their events and calendars', { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(randomTicket, (ticket) => {
        for (const documents of exported(ticket)) expect(checkLedger(documents)).toEqual([]);
      }),
      { numRuns: Number(process.env.LEDGER_RUNS ?? 2_000) },
    );
  });

  it('are found at fault when any one thing in them is changed', { timeout: 600_000 }, () => {
    const found = new Map(plantedFaults.map(({ name }) => [name, 0]));
    const property = fc.property(randomTicket, (ticket) => {
      for (const documents of exported(ticket)) {
        for (const { name, plant } of plantedFaults) {
          const changed = structuredClone(documents);
          if (!plant(changed)) continue;
          found.set(name, (found.get(name) ?? 0) + 1);
          expect(checkLedger(changed), name).not.toEqual([]);
        }
      }
    });
    fc.assert(property, { numRuns: 400, seed: 20_260_615 });
    // A fault that no ticket could be given would show nothing.
    expect([...found].filter(([, times]) => times < 5)).toEqual([]);
  });
});
