import { type HoldParty, holdParties } from '../../ticket/vocabulary.ts';
import type { ClockRun, Held } from '../clocks/clock-run.ts';
import type { TicketHold } from '../clocks/ticket-clocks.ts';
import type { EpochMilliseconds } from '../types.ts';

/** A stretch of a clock's life in which it waited for someone, or in which the ticket was not open. */
export interface Waiting {
  from: EpochMilliseconds;
  /** Infinity while it goes on. */
  to: EpochMilliseconds;
  party: HoldParty | 'not-open';
}

/**
 * Who made the clock wait, from its start to its end: sorted, and each instant given to one party only.
 *
 * Where holds overlap, the time is its whose hold stops the clock: what the contract lets us deduct must not be taken
 * for another's. Of the rest it is the party's whose hold began first: until that one was over, the later one cost
 * nothing more. Time in which the ticket was not open belongs to no party.
 */
export function attributeWaiting(run: ClockRun, ticketHolds: readonly TicketHold[]): Waiting[] {
  const end = run.endedAt ?? Number.POSITIVE_INFINITY;
  const waiting: Waiting[] = run.held.map(({ from, to, reason }) => ({
    from,
    to,
    party: partyBehind(reason),
  }));
  const { heldSince } = run;
  if (heldSince !== null) {
    waiting.push({ from: heldSince.from, to: end, party: partyBehind(heldSince.reason) });
  }
  for (const hold of ticketHolds) {
    const from = Math.max(hold.from, run.startedAt);
    const to = Math.min(hold.to, end);
    const party = holdParties[hold.reason];
    for (const part of leftOf({ from, to }, waiting)) {
      waiting.splice(indexAfter(waiting, part.from), 0, { ...part, party });
    }
  }
  return waiting;
}

function partyBehind(reason: Held['reason']): Waiting['party'] {
  return reason === 'not-open' ? reason : holdParties[reason];
}

/** The first that begins after an instant. */
function indexAfter(sorted: readonly Waiting[], instant: EpochMilliseconds): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Waiting).from > instant) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What of a stretch the others, which are sorted and disjoint, leave over. */
function leftOf({ from, to }: Pick<Waiting, 'from' | 'to'>, others: readonly Waiting[]) {
  const left: Pick<Waiting, 'from' | 'to'>[] = [];
  let at = from;
  for (let index = Math.max(0, indexAfter(others, from) - 1); index < others.length; index += 1) {
    const other = others[index] as Waiting;
    if (other.to <= at) continue;
    if (other.from >= to) break;
    if (other.from > at) left.push({ from: at, to: other.from });
    at = other.to;
  }
  if (at < to) left.push({ from: at, to });
  return left;
}
