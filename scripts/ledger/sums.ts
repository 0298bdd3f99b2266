import { type Explanation, instant, milliseconds } from './documents.ts';
import { type Ledger, told } from './entry.ts';
import type { History } from './history.ts';

/** The stretches follow each other from the opening to the end, and count what the clock says it has served. */
export function checkOrder({ entries, startedAt, until }: Ledger, { openedAt }: History): string[] {
  const faults: string[] = [];
  if (openedAt === null) return ['The events have no TicketOpened.'];
  let at = openedAt;
  for (const [index, { from, to, kind, name }] of entries.entries()) {
    if (from !== at) faults.push(`${name} should begin at ${told(at)}.`);
    if (to <= from) faults.push(`${name} has no length.`);
    if (kind === 'before-start' && index > 0) faults.push(`${name} is not the first.`);
    at = to;
  }
  const [first] = entries;
  const start = first?.kind === 'before-start' ? first.to : openedAt;
  if (start !== startedAt) {
    faults.push(`By the ledger the clock started at ${told(start)}, the clock says ${told(startedAt)}.`);
  }
  if (at !== until) faults.push(`The ledger ends at ${told(at)}, not at ${told(until)}.`);
  return faults;
}

export function checkSums(
  { entries, allowed }: Ledger,
  { clock: { served, remaining } }: Explanation,
): string[] {
  const faults: string[] = [];
  let sum = 0;
  for (const { from, to, kind, counted, name } of entries) {
    const length = kind === 'counted' ? to - from : 0;
    if (counted !== length) faults.push(`${name} adds ${counted} ms, not ${length} ms.`);
    sum += counted;
  }
  if (sum !== milliseconds(served))
    faults.push(`The ledger adds up to ${sum} ms, the clock served ${served}.`);
  if (Math.max(0, allowed - sum) !== milliseconds(remaining)) {
    faults.push(`${remaining} is not what is left of ${allowed} ms after ${sum} ms.`);
  }
  return faults;
}

/** The deadline is the instant at which the ledger has counted what the promise allows. */
export function checkDeadline(ledger: Ledger, explanation: Explanation, history: History): string[] {
  const { until, allowed } = ledger;
  const { clock, holds, endedAt } = explanation;
  const reached = reach(ledger);
  const dueAt = clock.dueAt === null ? null : instant(clock.dueAt);
  const faults: string[] = [];
  // Days that exceptions close may amount to no time at all: due is then the next opening.
  if (allowed === 0) return [];
  if (reached !== null) {
    if (dueAt !== reached)
      faults.push(`By the ledger it is due at ${told(reached)}, the clock says ${clock.dueAt}.`);
  } else if (dueAt === null) {
    const isHeld = history.holds.some(
      ({ reason, from, to }) => holds.includes(reason) && from <= until && until < to,
    );
    if (!isHeld || endedAt !== null)
      faults.push(`The clock has no deadline, and nothing holds it at ${told(until)}.`);
  } else if (dueAt <= until) {
    faults.push(`It is due at ${clock.dueAt}, but the ledger had not counted ${allowed} ms by then.`);
  }
  const isBreached = clock.breachedAt !== null;
  if (isBreached !== (clock.state === 'breached')) {
    faults.push(`The state is ${clock.state}, breached at ${clock.breachedAt ?? 'no time'}.`);
  }
  if (isBreached !== isMissed(reached, ledger, explanation)) {
    // Nothing breaches before the caller is known.
    const isUnknown = history.identifiedAt !== null && history.identifiedAt >= until;
    const isExcused = !isBreached && endedAt !== null && isUnknown;
    if (!isExcused) {
      const counted = reached === null ? 'never' : `at ${told(reached)}`;
      faults.push(
        `The ledger reaches ${allowed} ms ${counted}, the clock is breached at ${clock.breachedAt}.`,
      );
    }
  } else if (isBreached && !mayBreach(reached, explanation, history)) {
    faults.push(`Nothing at ${clock.breachedAt} could breach the clock.`);
  }
  return faults;
}

/** When the promise allows no more; null when the ledger does not reach so far. */
function reach({ entries, allowed }: Ledger): number | null {
  let left = allowed;
  for (const { from, kind, counted } of entries) {
    if (kind !== 'counted') continue;
    if (counted >= left) return from + left;
    left -= counted;
  }
  return null;
}

/** Met or cancelled at exactly the deadline is in time; while it is open, reaching the deadline misses it. */
function isMissed(reached: number | null, { until }: Ledger, { endedAt }: Explanation): boolean {
  return reached !== null && (endedAt === null || reached < until);
}

/** At the deadline, or later at what put the deadline into the past. */
function mayBreach(
  reached: number | null,
  { clock: { breachedAt }, amendments }: Explanation,
  { byId }: History,
): boolean {
  const at = instant(breachedAt ?? '');
  if (at === reached) return true;
  if (reached === null || at < reached) return false;
  return (
    amendments.some((amendment) => instant(amendment.at) === at) ||
    [...byId.values()].some((event) => event.at === at && mayMoveDeadline.has(event.type))
  );
}

const mayMoveDeadline = new Set(['PriorityChanged', 'TicketReopened', 'CustomerIdentified']);

/** A clock ends at the event that met it, or with the ticket, a change of priority, an agreement or an amendment. */
export function checkEnd({ clock, asOf, endedAt, amendments }: Explanation, { byId }: History): string[] {
  if (endedAt === null) return clock.metAt === null ? [] : [`Met at ${clock.metAt}, the clock has no end.`];
  const end = instant(endedAt);
  const faults: string[] = [];
  if (end > instant(asOf)) faults.push(`The clock ends at ${endedAt}, after the asking instant.`);
  if (clock.metAt !== null && instant(clock.metAt) !== end)
    faults.push(`The clock is met at ${clock.metAt}, and ends at ${endedAt}.`);
  const isCaused =
    [...byId.values()].some(({ at, type }) => at === end && mayEnd.has(type)) ||
    amendments.some(({ at }) => instant(at) === end);
  if (!isCaused) faults.push(`Nothing happened at ${endedAt} that could end the clock.`);
  return faults;
}

const mayEnd = new Set([
  ...['TicketAcknowledged', 'AgentReplied', 'InterventionStarted', 'EquipmentFaultDetermined'],
  ...['OnSiteVisitDetermined', 'ReplacementDispatched', 'ReplacementDelivered', 'EngineerArrived'],
  ...[
    'ServiceRestored',
    'TicketResolved',
    'TicketDeclined',
    'TicketClosed',
    'PriorityChanged',
    'TurnaroundAgreed',
  ],
]);
