import { Temporal } from 'temporal-polyfill';
import { type HoldParty, type HoldReason, holdParties, type Metric } from '../ticket/vocabulary.ts';
import { type CalendarSegment, formatDuration, openBetween, segments } from './calendar/index.ts';
import { type ClockRun, describeRun } from './clock-run.ts';
import { type ServiceLevelHistory, walk } from './evaluate.ts';
import type { TicketClocks } from './ticket-clocks.ts';
import type { Clock, EpochMilliseconds } from './types.ts';

/** A stretch of time and what it meant for the clock. */
export interface LedgerSegment {
  from: EpochMilliseconds;
  to: EpochMilliseconds;
  kind: 'before-start' | 'counted' | 'closed' | 'holiday' | 'exception' | 'held';
  /** What it adds to `served`: its length when counted, else 0. */
  counted: number;
  /** The holiday's name, the exception's or the hold's reason. */
  reason: string | null;
  /** Who made it wait; null for what is not a hold. */
  party: HoldParty | null;
  causeEventId: string | null;
}

export interface Explanation {
  clock: Clock;
  /** From the opening to the asking instant or the clock's end, without gaps; `counted` adds up to `served`. */
  ledger: LedgerSegment[];
  /** What the promise allows, milliseconds of served time. */
  allowed: number;
  sentence: string;
}

/** Why a clock stands where it stands; null when the ticket has no such clock. */
export function explain(
  history: ServiceLevelHistory & { objective: Metric; occurrence?: number | undefined },
): Explanation | null {
  const clocks = walk(history);
  if (clocks === null || !clocks.covered) return null;
  const { objective, occurrence, asOf } = history;
  const run =
    occurrence === undefined
      ? clocks.runs.findLast((each) => each.objective === objective)
      : clocks.runs.find((each) => each.objective === objective && each.occurrence === occurrence);
  if (run === undefined) return null;
  const clock = describeRun(run, asOf);
  const ledger = buildLedger(clocks, run, asOf);
  return { clock, ledger, allowed: run.max, sentence: tell(clock, run, ledger, clocks.plan.timeZone, asOf) };
}

function buildLedger(clocks: TicketClocks, run: ClockRun, asOf: EpochMilliseconds): LedgerSegment[] {
  const until = run.endedAt === null ? asOf : Math.min(asOf, run.endedAt);
  const ledger: LedgerSegment[] = [];
  const openedAt = clocks.openedAt ?? run.startedAt;
  if (openedAt < run.startedAt) {
    ledger.push({ ...plain(openedAt, run.startedAt), kind: 'before-start', reason: null });
  }
  const holds = run.held.map((held) => ({ ...held }));
  if (run.heldSince !== null) holds.push({ ...run.heldSince, to: until });
  let at = run.startedAt;
  const add = (to: EpochMilliseconds, held: (typeof holds)[number] | null) => {
    for (const segment of segments(run.calendar, at, Math.min(to, until)))
      ledger.push(toLedger(segment, held));
    at = Math.max(at, Math.min(to, until));
  };
  for (const held of holds) {
    add(held.from, null);
    add(held.to, held);
  }
  add(until, null);
  return ledger;
}

const plain = (from: EpochMilliseconds, to: EpochMilliseconds) => ({
  from,
  to,
  counted: 0,
  party: null,
  causeEventId: null,
});

function toLedger(
  { from, to, kind, reason }: CalendarSegment,
  held: { reason: HoldReason | 'not-open'; causeEventId: string | null } | null,
): LedgerSegment {
  if (kind !== 'open') return { ...plain(from, to), kind, reason };
  if (held === null) return { ...plain(from, to), kind: 'counted', counted: to - from, reason };
  const party = held.reason === 'not-open' ? null : holdParties[held.reason];
  return { ...plain(from, to), kind: 'held', reason: held.reason, party, causeEventId: held.causeEventId };
}

const promises: { readonly [metric in Metric]: string } = {
  response: 'a first response',
  intervention: 'work on the fault to begin',
  restore: 'service to be restored',
  resolution: 'a resolution',
  replacement: 'a replacement to be delivered',
  'on-site': 'an engineer to arrive',
  update: 'the next word from us',
};

/** A sentence that a support agent can read to a customer, in the local time of the provider. */
function tell(
  clock: Clock,
  run: ClockRun,
  ledger: LedgerSegment[],
  zone: string,
  asOf: EpochMilliseconds,
): string {
  const local = (instant: EpochMilliseconds) => localTime(instant, zone);
  const heldTime = ledger
    .filter(({ kind }) => kind === 'held')
    .reduce((sum, { from, to }) => sum + openBetween(run.calendar, from, to), 0);
  const promise = `We promised ${promises[clock.objective]} within ${words(run.max)} of ${run.agreed ? '' : 'service '}time, counted from ${local(clock.startedAt)}`;
  const waited = heldTime === 0 ? '' : `; ${words(heldTime)} in which we were waiting are not counted`;
  const due =
    clock.dueAt === null
      ? 'the clock stands still while it is held'
      : `that makes it due by ${local(clock.dueAt)}`;
  return `${promise}${waited}: ${due}. ${outcome(clock, local, asOf)}`;
}

function outcome(
  clock: Clock,
  local: (instant: EpochMilliseconds) => string,
  asOf: EpochMilliseconds,
): string {
  const { state, metAt, breachedAt, endedAt } = clock;
  if (state === 'breached') {
    const later = metAt === null ? ' and has not been kept since' : `; it was done at ${local(metAt)}`;
    return `The promise was broken at ${local(breachedAt ?? asOf)}${later}.`;
  }
  if (state === 'met') return `It was kept: done at ${local(metAt ?? asOf)}.`;
  if (state === 'cancelled') return `It ended without being due, at ${local(endedAt ?? asOf)}.`;
  return `At ${local(asOf)}, ${words(clock.served)} of it were used and ${words(clock.remaining)} were left.`;
}

function words(milliseconds: number): string {
  const [, hours, minutes, seconds] =
    /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(formatDuration(milliseconds)) ?? [];
  const part = (count: string | undefined, unit: string) =>
    count === undefined ? [] : [`${count} ${unit}${count === '1' ? '' : 's'}`];
  const parts = [...part(hours, 'hour'), ...part(minutes, 'minute'), ...part(seconds, 'second')];
  return parts.length < 2
    ? (parts[0] ?? '0 seconds')
    : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function localTime(instant: EpochMilliseconds, zone: string): string {
  const time = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  const clock = time
    .toPlainTime()
    .toString({ smallestUnit: time.second === 0 && time.millisecond === 0 ? 'minute' : 'second' });
  const weekday = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'][
    time.dayOfWeek - 1
  ];
  return `${clock} on ${weekday}, ${time.toPlainDate().toString()}`;
}
