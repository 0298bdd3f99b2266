import type { Documents, Segment } from '../documents.ts';

/** One way in which a ledger may be wrong; `plant` is false where the documents have nothing to spoil so. */
interface PlantedFault {
  name: string;
  plant(documents: Documents): boolean;
}

const later = (instant: string, milliseconds: number) =>
  new Date(Date.parse(instant) + milliseconds).toISOString();
const duration = (milliseconds: number) => `PT${milliseconds / 1_000}S`;
const lengthOf = ({ from, to }: Segment) => Date.parse(to) - Date.parse(from);

/** Spoils the first stretch that `where` finds. */
function spoil(
  name: string,
  where: (segment: Segment, documents: Documents) => boolean,
  how: (segment: Segment, documents: Documents) => void,
): PlantedFault {
  return {
    name,
    plant(documents) {
      const segment = documents.explanation.ledger.find((each) => where(each, documents));
      if (segment === undefined) return false;
      how(segment, documents);
      return true;
    },
  };
}

const is =
  (...kinds: string[]) =>
  (segment: Segment) =>
    kinds.includes(segment.kind);
const hasCalendar =
  (...kinds: string[]) =>
  (segment: Segment, { calendar }: Documents) =>
    kinds.includes(segment.kind) && calendar !== undefined && segment.calendarEntry !== null;
const causedByEvent = (segment: Segment) => segment.causeEventId !== null;

/** The boundary between the first two stretches of different kinds moves by a minute. */
const movedBoundary: PlantedFault = {
  name: 'a boundary between two stretches is moved',
  plant({ explanation: { ledger }, calendar }) {
    const index = ledger.findIndex(
      (each, at) => each.kind !== ledger[at + 1]?.kind && lengthOf(each) > 60_000 && at + 1 < ledger.length,
    );
    const [one, other] = [ledger[index], ledger[index + 1]];
    if (one === undefined || other === undefined || calendar === undefined) return false;
    one.to = later(one.to, -60_000);
    other.from = one.to;
    for (const each of [one, other]) if (each.kind === 'counted') each.counted = duration(lengthOf(each));
    return true;
  },
};

const forgottenRelease: PlantedFault = {
  name: 'a hold was released before the ledger says so',
  plant({ explanation: { ledger }, events }) {
    const held = ledger.find(({ kind, reason }) => kind === 'held' && reason !== 'not-open');
    const placed = events.find(({ id }) => id === held?.causeEventId);
    if (held === undefined || placed === undefined) return false;
    const release = { ...placed, id: 'planted', type: 'ClockReleased', version: 1_000 };
    events.push({ ...release, occurredAt: later(held.to, -1) });
    return true;
  },
};

/** Each is one change to what the API answers, and each makes the ledger untrue. */
export const plantedFaults: readonly PlantedFault[] = [
  movedBoundary,
  forgottenRelease,
  spoil(
    'the first stretch is missing',
    () => true,
    (_, { explanation }) => explanation.ledger.shift(),
  ),
  spoil(
    'the last stretch is missing',
    () => true,
    (_, { explanation }) => explanation.ledger.pop(),
  ),
  {
    name: 'two stretches have changed places',
    plant({ explanation }) {
      if (explanation.ledger.length < 2) return false;
      explanation.ledger.reverse();
      return true;
    },
  },
  spoil(
    'a stretch begins late',
    () => true,
    (segment) => {
      segment.from = later(segment.from, 1);
    },
  ),
  spoil('a stretch counts a millisecond too much', is('counted'), (segment) => {
    segment.counted = duration(lengthOf(segment) + 1);
  }),
  spoil('a stretch that is not counted counts', is('closed', 'held', 'before-start'), (segment) => {
    segment.counted = 'PT1S';
  }),
  spoil('the clock has served a second more', is('counted'), (_, { explanation: { clock, ledger } }) => {
    const sum = ledger.reduce((total, each) => total + (each.kind === 'counted' ? lengthOf(each) : 0), 0);
    clock.served = duration(sum + 1_000);
  }),
  spoil(
    'more is left than can be',
    () => true,
    (_, { explanation }) => {
      explanation.clock.remaining = 'PT9999H';
    },
  ),
  spoil(
    'the clock started earlier',
    () => true,
    (_, { explanation: { clock } }) => {
      clock.startedAt = later(clock.startedAt, -1);
    },
  ),
  spoil(
    'the question was asked a minute later',
    () => true,
    (_, { explanation }) => {
      if (explanation.endedAt === null) explanation.asOf = later(explanation.asOf, 60_000);
      else explanation.endedAt = later(explanation.endedAt, 60_000);
    },
  ),
  spoil('held time is counted', is('held'), (segment, { explanation: { clock, ledger, allowed } }) => {
    Object.assign(segment, { kind: 'counted', counted: duration(lengthOf(segment)), party: null });
    segment.reason = segment.calendarEntry?.name ?? null;
    retotal(clock, ledger, allowed);
  }),
  spoil('counted time is held', is('counted'), (segment, { explanation: { clock, ledger, allowed } }) => {
    Object.assign(segment, {
      kind: 'held',
      counted: 'PT0S',
      party: 'carrier',
      reason: 'third-party-network',
    });
    retotal(clock, ledger, allowed);
  }),
  spoil(
    'closed time is counted',
    hasCalendar('closed', 'holiday', 'exception'),
    (segment, { explanation }) => {
      const { clock, ledger, allowed } = explanation;
      const cause = ledger.find(({ kind }) => kind === 'counted');
      const { causeEventId = null, amendmentPosition = null } = cause ?? {};
      Object.assign(segment, { kind: 'counted', counted: duration(lengthOf(segment)) });
      Object.assign(segment, {
        causeEventId,
        amendmentPosition,
        reason: segment.calendarEntry?.name ?? null,
      });
      retotal(clock, ledger, allowed);
    },
  ),
  spoil('counted time is closed', hasCalendar('counted'), (segment, { explanation }) => {
    Object.assign(segment, { kind: 'closed', counted: 'PT0S', causeEventId: null, amendmentPosition: null });
    retotal(explanation.clock, explanation.ledger, explanation.allowed);
  }),
  spoil('a cause is not an event of the ticket', causedByEvent, (segment) => {
    segment.causeEventId = 'another';
  }),
  spoil('a cause is not named', causedByEvent, (segment) => {
    segment.causeEventId = null;
  }),
  spoil('a cause is an event of another kind', causedByEvent, (segment, { events }) => {
    const [opening] = events;
    if (opening === undefined) return;
    events.push({ ...opening, id: 'planted', type: 'NoteAdded', version: 1_000, occurredAt: segment.from });
    segment.causeEventId = 'planted';
  }),
  spoil('a cause happened after what it caused', causedByEvent, (segment, { events }) => {
    const cause = events.find(({ id }) => id === segment.causeEventId);
    if (cause !== undefined) cause.occurredAt = later(segment.to, 1);
  }),
  spoil('a cause is missing among the events', causedByEvent, (segment, { events }) => {
    events.splice(
      events.findIndex(({ id }) => id === segment.causeEventId),
      1,
    );
  }),
  spoil('an amendment is named that was none', causedByEvent, (segment) => {
    Object.assign(segment, { causeEventId: null, amendmentPosition: 9_999 });
  }),
  spoil('closed time names an event', is('closed', 'holiday', 'exception'), (segment, { events }) => {
    segment.causeEventId = events[0]?.id ?? null;
  }),
  spoil('a hold has another reason', is('held'), (segment) => {
    segment.reason = segment.reason === 'manufacturer' ? 'force-majeure' : 'manufacturer';
    segment.party = segment.reason === 'manufacturer' ? 'manufacturer' : 'nobody';
  }),
  spoil('a hold is charged to another party', is('held'), (segment) => {
    segment.party = segment.party === 'carrier' ? 'customer' : 'carrier';
  }),
  spoil('a holiday has another name', hasCalendar('holiday'), (segment) => {
    segment.reason = 'Shrove Tuesday';
    if (segment.calendarEntry !== null) segment.calendarEntry.name = 'Shrove Tuesday';
  }),
  spoil('an ordinary night is a holiday', hasCalendar('closed'), (segment) => {
    segment.kind = 'holiday';
  }),
  spoil('a closed day has another date', hasCalendar('closed', 'holiday', 'exception'), (segment) => {
    if (segment.calendarEntry !== null) segment.calendarEntry.date = '1999-01-01';
  }),
  spoil('a stretch names another calendar', hasCalendar('counted', 'closed'), (segment) => {
    if (segment.calendarEntry !== null) segment.calendarEntry.calendar = 'elsewhere.always';
  }),
  {
    name: 'the deadline is moved',
    plant({ explanation: { clock, ledger, allowed, endedAt }, calendar }) {
      const isReached = clock.breachedAt !== null;
      if (clock.dueAt === null || allowed === 'PT0S') return false;
      const isAhead = endedAt === null && calendar !== undefined && ledger.length > 0;
      if (!isReached && !isAhead) return false;
      clock.dueAt = later(clock.dueAt, isReached ? -1 : 1);
      return true;
    },
  },
  {
    name: 'a breach is dated later',
    plant({ explanation: { clock, allowed } }) {
      if (clock.breachedAt === null || allowed === 'PT0S') return false;
      clock.breachedAt = later(clock.breachedAt, 1);
      return true;
    },
  },
  {
    name: 'a breach is kept quiet',
    plant({ explanation: { clock, allowed } }) {
      if (clock.breachedAt === null || allowed === 'PT0S') return false;
      Object.assign(clock, { breachedAt: null, state: 'running' });
      return true;
    },
  },
  {
    name: 'a clock is called breached that is not',
    plant({ explanation: { clock, asOf, allowed } }) {
      if (clock.breachedAt !== null || allowed === 'PT0S') return false;
      Object.assign(clock, { breachedAt: asOf, state: 'breached' });
      return true;
    },
  },
];

/** The clock’s own figures follow the spoilt ledger, so that the sums alone show nothing. */
function retotal(
  clock: Documents['explanation']['clock'],
  ledger: readonly Segment[],
  allowed: string,
): void {
  const sum = ledger.reduce((total, each) => total + (each.kind === 'counted' ? lengthOf(each) : 0), 0);
  const [, hours = '0', minutes = '0', seconds = '0'] =
    /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(allowed) ?? [];
  const most = (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
  clock.served = duration(sum);
  clock.remaining = duration(Math.max(0, most - sum));
}
