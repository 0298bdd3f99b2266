import { Temporal } from 'temporal-polyfill';
import type { HoldReason, Metric } from '../../ticket/vocabulary.ts';
import { formatDuration, nextOpening, openBetween } from '../calendar/index.ts';
import type { ClockRun } from '../clocks/clock-run.ts';
import type { Clock, EpochMilliseconds, Replanning } from '../types.ts';

const promises: { readonly [metric in Metric]: string } = {
  response: 'a first response',
  intervention: 'work on the fault to begin',
  restore: 'service to be restored',
  resolution: 'a resolution',
  replacement: 'a replacement to be delivered',
  'on-site': 'an engineer to arrive',
  update: 'the next word from us',
};

const waits: { readonly [reason in HoldReason | 'not-open']: string } = {
  'awaiting-customer': 'we were waiting for you',
  'awaiting-remote-access': 'we were waiting for remote access',
  'customer-scheduled': 'the work waited for the time that you chose',
  'third-party-network': 'we were waiting for the network operator',
  manufacturer: 'we were waiting for the manufacturer',
  'force-majeure': 'what no one can prevent stopped the work',
  'not-open': 'the matter was at rest before it was reopened',
};

interface Told {
  clock: Clock;
  run: ClockRun;
  /** Those of this clock. */
  replannings: readonly Replanning[];
  /** IANA: the provider's. */
  zone: string;
  asOf: EpochMilliseconds;
}

/** What a support agent can read to a customer, in the local time of the provider. */
export function tellClock(told: Told): string {
  return [promise(told), excludedTime(told), due(told), moved(told), ...outcome(told), breachKept(told)]
    .filter((sentence) => sentence !== null)
    .join(' ');
}

function promise({ clock, run, zone, asOf }: Told): string {
  const what = promises[clock.objective];
  const start = localTime(clock.startedAt, zone);
  if (run.agreed) return `We agreed with you on ${what} by ${localTime(clock.dueAt ?? asOf, zone)}.`;
  const kind = isAlwaysOpen(run) ? '' : ' of service time';
  return `We promised ${what} within ${words(run.max)}${kind}, counted from ${start}.`;
}

/** As the ledger has it: of a hold, its open time counts. */
function excludedTime({ run, clock, asOf }: Told): string | null {
  const until = clock.endedAt ?? asOf;
  const { held, heldSince } = run;
  const waited = new Map<string, number>();
  for (const { reason, from, to } of heldSince === null ? held : [...held, { ...heldSince, to: until }]) {
    const open = openBetween(run.calendar, from, Math.min(to, until));
    if (open > 0) waited.set(reason, (waited.get(reason) ?? 0) + open);
  }
  if (waited.size === 0) return null;
  const parts = [...waited].map(
    ([reason, time]) => `${words(time)} in which ${waits[reason as keyof typeof waits]}`,
  );
  return `This leaves out ${enumerate(parts)}.`;
}

function due({ clock: { dueAt, breachedAt, endedAt }, run, zone }: Told): string | null {
  if (dueAt === null || run.agreed) return null;
  const makes = breachedAt === null && endedAt === null ? 'makes' : 'made';
  return `That ${makes} it due by ${localTime(dueAt, zone)}.`;
}

function moved({ clock: { breachedAt }, replannings, zone }: Told): string | null {
  const last = replannings.findLast(
    ({ at, before, after }) => before.dueAt !== after.dueAt && (breachedAt === null || at <= breachedAt),
  );
  if (last === undefined || last.before.dueAt === null) return null;
  return `Until ${amended(last, zone)}, it was due by ${localTime(last.before.dueAt, zone)}.`;
}

function amended({ at, cause }: Replanning, zone: string): string {
  return `${cause.kind === 'catalog' ? 'our terms' : 'our service hours'} were amended at ${localTime(at, zone)}`;
}

/** A breach stays as it was recorded. Null unless the latest amendment would have prevented it. */
function breachKept({ clock: { breachedAt }, replannings, zone }: Told): string | null {
  const last = replannings.findLast(({ at }) => breachedAt !== null && at > breachedAt);
  if (last === undefined || !last.notStanding.includes('max')) return null;
  return `Later ${amended(last, zone)}: under the new ones it would not have been broken.`;
}

function outcome(told: Told): (string | null)[] {
  const { clock, run, zone, asOf } = told;
  const { state, metAt, breachedAt, endedAt, dueAt } = clock;
  const local = (instant: EpochMilliseconds | null) => localTime(instant ?? asOf, zone);
  switch (state) {
    case 'breached': {
      const broken = `The promise was broken at ${local(breachedAt)}`;
      const cause = breachedAt === dueAt ? '' : ', by a change that had put its deadline into the past';
      if (metAt !== null) return [`${broken}${cause}; it was done at ${local(metAt)}.`];
      if (endedAt !== null)
        return [`${broken}${cause}; it was not kept before it ended at ${local(endedAt)}.`];
      return [`${broken}${cause}; it has not been kept since.`];
    }
    case 'met':
      return [`It was kept: done at ${local(metAt)}.`];
    case 'cancelled':
      return [
        run.endedBy === 'ending'
          ? `It ended with the ticket at ${local(endedAt)}.`
          : `It ended at ${local(endedAt)}, when it no longer applied.`,
      ];
    case 'held': {
      const { from, reason } = run.heldSince ?? { from: asOf, reason: 'not-open' as const };
      return [
        `The clock stopped at ${local(from)}, because ${waits[reason]}.`,
        `At ${local(asOf)} ${progress(clock)}.`,
      ];
    }
    default: {
      const missed =
        state === 'target-missed' ? `The target was missed at ${local(clock.targetMissedAt)}.` : null;
      const opening = nextOpening(run.calendar, asOf);
      const closed =
        opening === asOf ? '' : `; it was outside our service hours, and time counts from ${local(opening)}`;
      return [missed, `At ${local(asOf)} ${progress(clock)}${closed}.`];
    }
  }
}

function progress({ served, remaining }: Clock): string {
  const used = served === 0 ? 'none of the time was used' : `the clock stood at ${words(served)}`;
  return `${used}, with ${words(remaining)} left`;
}

/** Two weeks hold every weekday twice; what closes in them is not a calendar that is always open. */
function isAlwaysOpen({ calendar, startedAt }: ClockRun): boolean {
  const fortnight = 14 * 86_400_000;
  return openBetween(calendar, startedAt, startedAt + fortnight) === fortnight;
}

/** Milliseconds as `8 hours and 30 minutes`. */
function words(milliseconds: number): string {
  const [, hours, minutes, seconds] =
    /^PT(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?$/.exec(formatDuration(milliseconds)) ?? [];
  const part = (count: string | undefined, unit: string) =>
    count === undefined ? [] : [`${count} ${unit}${count === '1' ? '' : 's'}`];
  return enumerate([...part(hours, 'hour'), ...part(minutes, 'minute'), ...part(seconds, 'second')]);
}

function enumerate(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const months = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];

/** `09:00 on Monday 15 June 2026`. */
function localTime(instant: EpochMilliseconds, zone: string): string {
  const time = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone);
  const isWholeMinute = time.second === 0 && time.millisecond === 0;
  const clock = time.toPlainTime().toString({ smallestUnit: isWholeMinute ? 'minute' : 'second' });
  return `${clock} on ${weekdays[time.dayOfWeek - 1]} ${time.day} ${months[time.month - 1]} ${time.year}`;
}
