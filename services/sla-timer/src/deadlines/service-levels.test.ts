import { ticketEventSchemas } from '@ringback/domain/ticket';
import { describe, expect, it } from 'vitest';
import { happening, historyOf, opened, watchPlans } from '../testing/histories.ts';
import { hour, minute } from '../testing/watch-catalog.ts';
import { indifferentEvents } from './projection.ts';
import { assess, decideHistory, latestInstant } from './service-levels.ts';

const due = opened + hour;
const note = (after: number) => happening('NoteAdded', { text: 'rang again' }, after);
const breach = (after: number) => {
  const at = new Date(due).toISOString();
  return happening(
    'SlaBreached',
    { objective: 'response', occurrence: 1, dueAt: at, breachedAt: at },
    after,
    hour,
  );
};
const typesOf = (events: { type: string }[]) => events.map(({ type }) => type);

describe('what is decided', () => {
  it('is nothing before the deadline’s millisecond is over, and the breach from then on', async () => {
    const history = historyOf('normal');
    expect(await decideHistory(history, due - 1, watchPlans)).toMatchObject({
      decided: [],
      openQuestionAt: null,
    });
    const { decided } = await decideHistory(history, due, watchPlans);
    expect(typesOf(decided)).toEqual(['SlaBreached']);
  });

  it('stays open while something recorded in the deadline’s millisecond can still meet it', async () => {
    const history = historyOf('normal', note(hour));
    const verdict = await decideHistory(history, due - 1, watchPlans);
    expect(verdict).toEqual({ decided: [], openQuestionAt: due, asOf: due });
    expect(typesOf((await decideHistory(history, due, watchPlans)).decided)).toEqual(['SlaBreached']);
  });

  it('does not take a breach back that was recorded later than this instance’s instant', async () => {
    const history = historyOf('normal', breach(hour + 1));
    expect((await decideHistory(history, due - 2, watchPlans)).decided).toEqual([]);
  });

  it('counts an event that another clock has dated ahead', async () => {
    const ahead = happening('TicketAcknowledged', { note: null }, hour - 3, hour);
    expect((await decideHistory(historyOf('normal', ahead), due + 5, watchPlans)).decided).toEqual([]);
    expect(latestInstant(historyOf('normal', ahead))).toBe(due);
  });

  it('is the retraction as soon as the evidence is there', async () => {
    const evidence = happening('TicketAcknowledged', { note: null }, hour + 10, hour - 1);
    const { decided } = await decideHistory(
      historyOf('normal', breach(hour + 2), evidence),
      due + 10,
      watchPlans,
    );
    expect(typesOf(decided)).toEqual(['SlaBreachRetracted']);
  });
});

describe('what is kept of a ticket', () => {
  it('is every threshold ahead', async () => {
    const { dueAt, open, covered, version } = await assess(historyOf('warned'), opened, watchPlans);
    expect({ dueAt, open, covered, version }).toEqual({
      dueAt: [due - 30 * minute, due],
      open: true,
      covered: true,
      version: 1,
    });
  });

  it('is also a miss that no one has recorded yet: it must survive this process', async () => {
    const history = historyOf('normal', note(hour + 7));
    expect((await assess(history, due + 7, watchPlans)).dueAt).toEqual([due]);
    const changed = happening('PriorityChanged', { priority: 'urgent', previous: 'normal' }, 30 * minute);
    const { dueAt } = await assess(historyOf('normal', changed), opened + 30 * minute, watchPlans);
    expect(dueAt).toEqual([opened + 30 * minute]);
  });

  it('is also a retraction that no one has recorded yet', async () => {
    const evidence = happening('TicketAcknowledged', { note: null }, hour + 10, hour - 1);
    const history = historyOf('normal', breach(hour + 2), evidence);
    expect((await assess(history, due + 10, watchPlans)).dueAt).toEqual([due + 10]);
  });

  it('is nothing when the breach is recorded, the clock met or the ticket ended', async () => {
    const met = happening('TicketAcknowledged', { note: null }, minute);
    const ended = happening('TicketDeclined', { reason: 'no contract' }, minute);
    for (const history of [
      historyOf('normal', breach(hour + 2)),
      historyOf('normal', met),
      historyOf('warned', ended),
    ]) {
      expect((await assess(history, due + 10, watchPlans)).dueAt).toEqual([]);
    }
  });

  it('tells a ticket that is open with neither a clock nor an owner', async () => {
    const met = happening('TicketAcknowledged', { note: null }, minute);
    const assigned = happening('TicketAssigned', { assignee: 'kim' }, 2 * minute);
    const resolved = happening('TicketResolved', { resolution: null }, 2 * minute);
    const since = async (history: ReturnType<typeof historyOf>) =>
      (await assess(history, due, watchPlans)).unattendedSince;
    expect(await since(historyOf('normal'))).toBeNull();
    expect(await since(historyOf('normal', met))).toBe(opened + minute);
    expect(await since(historyOf('normal', met, assigned))).toBeNull();
    expect(await since(historyOf('normal', met, resolved))).toBeNull();
    expect(await since(historyOf('free'))).toBe(opened);
  });
});

describe('events that are passed over', () => {
  const examples: { [type: string]: object } = {
    CustomerReplied: { channel: 'email', text: 'still dead', contactId: null },
    NoteAdded: { text: 'rang again' },
    CallLinked: {
      call: { integrationId: 'pbx', callId: '1', direction: 'in' },
      from: null,
      to: null,
      outcome: null,
    },
    WorkLogged: { minutes: 5, kind: 'remote', role: null, note: null },
    TicketMarkedOutOfScope: { reason: 'cabling' },
  };
  const held = happening('ClockHeld', { reason: 'awaiting-customer', note: null }, minute);
  const resolved = happening('TicketResolved', { resolution: null }, minute);

  it.each([...indifferentEvents])('%s changes nothing that is kept', async (type) => {
    const data = ticketEventSchemas[type as 'NoteAdded'].data.parse(examples[type]);
    const extra = happening(type as 'NoteAdded', data, 2 * minute);
    for (const before of [[], [held], [resolved]]) {
      for (const priority of ['normal', 'warned', 'held', 'free']) {
        const asOf = opened + 2 * minute;
        const {
          version: _,
          ticketId: __,
          ...without
        } = await assess(historyOf(priority, ...before), asOf, watchPlans);
        const { version, ticketId, ...kept } = await assess(
          historyOf(priority, ...before, extra),
          asOf,
          watchPlans,
        );
        expect(kept).toEqual({
          ...without,
          unattendedSince: without.unattendedSince === null ? null : opened + 2 * minute,
        });
        expect(version).toBe(before.length + 2);
        expect(ticketId).toHaveLength(36);
      }
    }
  });
});
