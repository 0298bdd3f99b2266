import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CommandName,
  commandNames,
  decide,
  evolve,
  foldTicket,
  type Ticket,
  type TicketCommand,
  type TicketEvent,
} from '../index.ts';
import { coverage, opened, record, stream } from '../testing/histories.ts';

const begin = Date.parse(opened.recordedAt);
const instant = (minutes: number) => new Date(begin + minutes * 60_000).toISOString();
const reason = fc.constantFrom('Relocation.', 'Withdrawn.');
const holdReason = fc.constantFrom('awaiting-customer', 'manufacturer');

const fields: { [N in CommandName]?: fc.Arbitrary<{ [field: string]: unknown }> } = {
  assign: fc.record({ assignee: fc.constantFrom('emma', 'christopher', null) }),
  reply: fc.record({
    from: fc.constantFrom('agent', 'customer'),
    channel: fc.constantFrom('phone', 'email'),
    text: fc.constant('Hello.'),
  }),
  note: fc.constant({ text: 'Line 3.' }),
  'set-priority': fc.record({ priority: fc.constantFrom('high', 'normal', 'low') }),
  hold: fc.record({ reason: holdReason }),
  release: fc.record({ reason: holdReason }),
  'mark-out-of-scope': fc.record({ reason }),
  'identify-customer': fc.constant({ customerId: 'corner-bakery' }),
  'determine-equipment-fault': fc.record({ equipment: fc.constantFrom('Gateway', 'Switch', undefined) }),
  'dispatch-replacement': fc.record({ trackingNumber: fc.constantFrom('ND1', 'ND2', undefined) }),
  close: fc.record({ reason: fc.option(reason, { nil: undefined }) }),
  decline: fc.record({ reason }),
  'log-work': fc.constant({ minutes: 5, kind: 'remote' }),
  'agree-turnaround': fc.record({ dueAt: fc.integer({ min: 1, max: 400 }).map(instant) }),
};

interface Asked {
  command: TicketCommand;
  /** Minutes after the opening. */
  now: number;
}

/** Commands in the order in which they are asked; about half of them about the past. */
const asked = (names: readonly CommandName[]): fc.Arbitrary<Asked[]> =>
  fc
    .array(
      fc.constantFrom(...names).chain((name) =>
        fc.record({
          name: fc.constant(name),
          body: fields[name] ?? fc.constant({}),
          wait: fc.integer({ min: 0, max: 10 }),
          back: fc.option(fc.integer({ min: 0, max: 60 }), { nil: null }),
        }),
      ),
      { maxLength: 40 },
    )
    .map((steps) => {
      let now = 0;
      return steps.map(({ name, body, wait, back }) => {
        now += wait;
        const occurredAt = back === null ? {} : { occurredAt: instant(now - back) };
        return { command: { name, body: { ...body, ...occurredAt } } as TicketCommand, now };
      });
    });

function ask(history: TicketEvent[], { command, now }: Asked) {
  return decide(history, command, {
    now: instant(now),
    terms: { priorities: ['high', 'normal', 'low'], offersTurnaround: (priority) => priority === 'low' },
    identification: { coverage, priority: 'low' },
  });
}

/** Every history that commands can bring about, with what each command met. */
function forEachStep(
  check: (before: TicketEvent[], step: Asked, after: TicketEvent[]) => void,
  names: readonly CommandName[] = commandNames,
) {
  fc.assert(
    fc.property(asked(names), (steps) => {
      let history = stream(opened);
      for (const step of steps) {
        const decision = ask(history, step);
        const events = decision.kind === 'events' ? decision.events : [];
        const after = record(history, events, instant(step.now));
        check(history, step, after);
        history = after;
      }
    }),
    { numRuns: 1_000 },
  );
}

const folded = (history: TicketEvent[]): Ticket => {
  const ticket = foldTicket(history);
  if (ticket === null) throw new Error('a history without a ticket');
  return ticket;
};

describe('whatever is asked of a ticket, in whatever order', () => {
  it('the events that are decided on can be read', () => {
    forEachStep((_before, _step, after) => {
      expect(folded(after).version).toBe(after.length);
    });
  });

  it('the order of recording and that of occurrence lead to the same state', () => {
    forEachStep(
      (_before, _step, after) => {
        const recorded = after.reduce<Ticket | null>(evolve, null);
        expect(folded(after).state).toBe(recorded?.state);
      },
      ['resolve', 'reopen', 'close', 'decline', 'reply'],
    );
  });

  it('a command that is repeated changes nothing', () => {
    const alwaysNew: CommandName[] = ['reply', 'note', 'log-work'];
    forEachStep((_before, step, after) => {
      if (alwaysNew.includes(step.command.name)) return;
      expect(ask(after, step).kind).not.toBe('events');
    });
  });

  it('events carry instants within the ticket’s life', () => {
    forEachStep((before, step, after) => {
      for (const event of after.slice(before.length)) {
        expect(event.occurredAt <= instant(step.now)).toBe(true);
        expect(event.occurredAt >= folded(before).openedAt).toBe(true);
      }
    });
  });

  it('a replay of the stored stream gives the same ticket', () => {
    forEachStep((_before, _step, after) => {
      expect(foldTicket(JSON.parse(JSON.stringify(after)))).toEqual(foldTicket(after));
    });
  });

  it('the past that was read then is the past that is read now, where nothing came late', () => {
    forEachStep((before, step, after) => {
      expect(foldTicket(after, { knownAt: instant(step.now) })).toEqual(foldTicket(after));
      if (after.slice(before.length).every((event) => event.occurredAt > folded(before).latestAt)) {
        expect(foldTicket(after, { at: folded(before).latestAt })).toEqual(foldTicket(before));
      }
    });
  });
});
