import type { Explanation } from './documents.ts';
import { type Entry, type Ledger, told } from './entry.ts';
import type { History, Hold } from './history.ts';

const parties: { readonly [reason: string]: string | null } = {
  'awaiting-customer': 'customer',
  'awaiting-remote-access': 'customer',
  'customer-scheduled': 'customer',
  'third-party-network': 'carrier',
  manufacturer: 'manufacturer',
  'force-majeure': 'nobody',
  'not-open': null,
};

/** What may start a clock, besides an amendment of the plan. A change of priority starts or restarts any. */
function startsIt(objective: string, type: string): boolean {
  if (type === 'PriorityChanged') return true;
  if (objective === 'replacement') return type === 'EquipmentFaultDetermined';
  if (objective === 'on-site') return type === 'OnSiteVisitDetermined';
  if (type === 'TicketOpened' || type === 'TicketReopened') return true;
  return (
    (objective === 'update' && type === 'AgentReplied') ||
    (objective === 'resolution' && type === 'TurnaroundAgreed')
  );
}

const amendment = 'an amendment';
/** After these, time may count again. */
const endsHold = new Set(['ClockReleased', 'TicketReopened', 'PriorityChanged', amendment]);
/** What ends a clock that a reopening takes back. */
const endsClock = new Set(['ServiceRestored', 'TicketResolved', 'TicketDeclined', 'TicketClosed']);

interface Cause {
  id: string;
  type: string;
  at: number;
}

/** Every stretch names its cause, the cause is among the events, and it is of the right kind at the right instant. */
export function checkCauses(ledger: Ledger, explanation: Explanation, history: History): string[] {
  const faults: string[] = [];
  let before: { entry: Entry; cause: Cause } | null = null;
  for (const entry of ledger.entries) {
    const { kind, name, causeEventId, amendmentPosition, party } = entry;
    const isTimed = kind === 'before-start' || kind === 'counted' || kind === 'held';
    if (!isTimed) {
      if (causeEventId !== null || amendmentPosition !== null)
        faults.push(`${name} names a cause besides its calendar.`);
      continue;
    }
    if (kind !== 'held' && party !== null) faults.push(`${name} names a party, and is not a hold.`);
    if ((causeEventId === null) === (amendmentPosition === null)) {
      faults.push(`${name} does not name exactly one cause.`);
      continue;
    }
    const cause = causeOf(entry, explanation, history);
    if (cause === null) {
      faults.push(`${name} names a cause that is not there: ${causeEventId ?? amendmentPosition}.`);
      continue;
    }
    if (kind === 'before-start') faults.push(...checkStart(entry, cause, ledger, explanation));
    else if (kind === 'held') faults.push(...checkHeld(entry, cause, history));
    else faults.push(...checkCounted(entry, cause, before, ledger, explanation, history));
    if (kind !== 'before-start') before = { entry, cause };
  }
  return faults;
}

function causeOf(
  { causeEventId, amendmentPosition }: Entry,
  { amendments }: Explanation,
  { byId }: History,
): Cause | null {
  if (causeEventId !== null) return byId.get(causeEventId) ?? null;
  const found = amendments.find(({ position }) => position === amendmentPosition);
  return found === undefined ? null : { id: `@${found.position}`, type: amendment, at: Date.parse(found.at) };
}

function isStart({ type, at }: Cause, { startedAt }: Ledger, { clock: { objective } }: Explanation): boolean {
  return at === startedAt && (type === amendment || startsIt(objective, type));
}

function checkStart({ name }: Entry, cause: Cause, ledger: Ledger, explanation: Explanation): string[] {
  if (isStart(cause, ledger, explanation)) return [];
  return [`${name} names ${cause.type} at ${told(cause.at)}, which did not start the clock.`];
}

function checkCounted(
  { from, name }: Entry,
  cause: Cause,
  before: { entry: Entry; cause: Cause } | null,
  ledger: Ledger,
  explanation: Explanation,
  history: History,
): string[] {
  const isSame = before?.entry.kind === 'counted' && before.cause.id === cause.id;
  if (isSame || (before === null && isStart(cause, ledger, explanation))) return [];
  const earliest = before?.entry.to ?? ledger.startedAt;
  const ended =
    endsHold.has(cause.type) &&
    (cause.type !== 'ClockReleased' || history.holds.some(({ endedBy }) => endedBy === cause.id));
  if (ended && cause.at >= earliest && cause.at <= from) return [];
  return [
    `${name} names ${cause.type} at ${told(cause.at)}, which neither started the clock nor ended the hold before.`,
  ];
}

function checkHeld({ from, to, reason, party, name }: Entry, cause: Cause, history: History): string[] {
  if (reason === null || !Object.hasOwn(parties, reason)) return [`${name} has no hold reason: ${reason}.`];
  const faults: string[] = [];
  if (party !== parties[reason]) faults.push(`${name} is charged to ${party}, not to ${parties[reason]}.`);
  if (reason === 'not-open') {
    const rest = history.rests.find((each) => each.to > cause.at);
    const isWithin = rest !== undefined && cause.at <= from && to <= rest.to;
    if (endsClock.has(cause.type) && isWithin && Number.isFinite(rest.to)) return faults;
    return [...faults, `${name} does not lie between ${cause.type} at ${told(cause.at)} and a reopening.`];
  }
  const hold = history.holds.find(({ heldBy }) => heldBy === cause.id);
  if (hold?.reason !== reason || from < hold.from || to > hold.to) {
    faults.push(`${name} does not lie within a hold for ${reason} that ${cause.type} placed.`);
  }
  return faults;
}

/** No time counts while a hold is on that the clock lists, nor while the ticket is not open. */
export function checkHolds({ entries, until }: Ledger, explanation: Explanation, history: History): string[] {
  const faults: string[] = [];
  const changes = [...history.priorityChanges, ...explanation.amendments.map(({ at }) => Date.parse(at))]
    .filter((at) => at <= until)
    .sort((one, other) => one - other);
  const lastChange = changes.at(-1) ?? Number.NEGATIVE_INFINITY;
  const forbid = (span: { from: number; to: number }, why: string) => {
    for (const { kind, name, from, to } of entries) {
      if (kind === 'counted' && Math.max(from, span.from) < Math.min(to, span.to))
        faults.push(`${name} counts ${why}.`);
    }
  };
  for (const { from, to } of history.rests) forbid({ from, to }, 'while the ticket was not open');
  for (const hold of history.holds) {
    const why = `during the hold for ${hold.reason} from ${told(hold.from)}`;
    // What the clock lists is what it lists now; before a change it may have listed other reasons.
    if (explanation.holds.includes(hold.reason))
      forbid({ ...hold, from: Math.max(hold.from, lastChange) }, why);
    for (const shown of entries) {
      if (shown.kind === 'held' && shown.causeEventId === hold.heldBy)
        forbid(within(hold, shown, changes), why);
    }
  }
  return faults;
}

/** The part of a hold in which the clock listed the same reasons as in a stretch that it held. */
function within({ from, to }: Hold, shown: Entry, changes: readonly number[]): { from: number; to: number } {
  const before = changes.findLast((at) => at <= shown.from) ?? Number.NEGATIVE_INFINITY;
  const after = changes.find((at) => at > shown.from) ?? Number.POSITIVE_INFINITY;
  return { from: Math.max(from, before), to: Math.min(to, after) };
}
