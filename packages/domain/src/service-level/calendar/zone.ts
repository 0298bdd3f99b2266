import { Temporal } from 'temporal-polyfill';
import { createLruCache } from '../../common/index.ts';

/** Local wall-clock milliseconds: what epoch milliseconds would be if the zone were UTC. */
type LocalMilliseconds = number;

/** The offsets of a zone, looked up once for each change of the clocks. */
export interface Zone {
  /** The local wall-clock time at an instant. */
  toLocal(instant: number): LocalMilliseconds;
  /** The first instant that shows this local time; in a gap, the end of the gap. */
  fromLocal(local: LocalMilliseconds): number;
  /** As `fromLocal`, but in a gap the time that the offset before the gap would show. */
  fromLocalBeforeGap(local: LocalMilliseconds): number;
}

interface Stretch {
  from: number;
  offset: number;
}

const firstInstant = Date.UTC(1850, 0, 1);
const lastInstant = Date.UTC(2300, 0, 1);
/** Of what is looked up at a time: about eight years. */
const block = 3_000 * 86_400_000;
/** Clocks change by less. */
const twoDays = 2 * 86_400_000;
/** Names come from outside, in any mixture of capitals, so only the latest are kept. */
const zones = createLruCache<Zone>({ entries: 100 });

/** Throws a RangeError for a name that is not an IANA zone, such as a bare offset, which knows no summer time. */
export function zoneOf(name: string): Zone {
  const before = zones.get(name);
  if (before !== undefined) return before;
  if (!/^[A-Za-z]/.test(name)) throw new RangeError(`"${name}" is not an IANA zone`);
  const zone = createZone(name);
  zones.set(name, zone);
  return zone;
}

function createZone(name: string): Zone {
  // Refuses what is not a zone at once, not when it is first asked.
  zoned(0, name);
  const stretchesAround = createStretches(name);
  /** The local times that the last answer's offset holds for, from the first instant that shows each. */
  let steady = { from: 0, until: 0, offset: 0 };
  /** The stretches whose offset could show this local time, earliest first. */
  const find = (local: number): { instant: number; inGap: boolean; before: number } => {
    const stretches = stretchesAround(local);
    for (let index = indexAt(stretches, local - twoDays); index < stretches.length; index += 1) {
      const { from, offset } = stretches[index] as Stretch;
      const next = stretches[index + 1]?.from ?? Number.POSITIVE_INFINITY;
      const instant = local - offset;
      const previous = stretches[index - 1]?.offset;
      if (instant < from && previous !== undefined) {
        return { instant: from, inGap: true, before: local - previous };
      }
      if (instant < next) {
        if (Number.isFinite(next) && from - (stretches[index - 1]?.from ?? from) > twoDays)
          steady = { from: from + Math.max(offset, previous ?? offset), until: next + offset, offset };
        return { instant, inGap: false, before: instant };
      }
    }
    throw new RangeError('no offset is known for this time');
  };
  return {
    toLocal: (instant) => {
      const stretches = stretchesAround(instant);
      return instant + (stretches[indexAt(stretches, instant)] as Stretch).offset;
    },
    // Calendars ask for one local time after the other.
    fromLocal: (local) =>
      local >= steady.from && local < steady.until ? local - steady.offset : find(local).instant,
    fromLocalBeforeGap: (local) => find(local).before,
  };
}

/** The one that an instant lies in; the first for an instant before all. */
function indexAt(stretches: readonly Stretch[], instant: number): number {
  let low = 0;
  let high = stretches.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((stretches[middle] as Stretch).from <= instant) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The stretches of a zone from two days before an instant to two days after it at least, in order and without a gap.
 * They are looked up block by block as they are asked for: all of them take a tenth of a second. Before the first
 * instant and after the last their offsets hold on.
 */
function createStretches(name: string): (instant: number) => readonly Stretch[] {
  let stretches: Stretch[] = [];
  let low = 0;
  let high = 0;
  return (instant) => {
    const from = Math.max(instant - twoDays, firstInstant);
    const until = Math.min(instant + twoDays, lastInstant);
    if (from >= low && until <= high) return stretches;
    if (stretches.length === 0) {
      low = Math.floor(Math.min(from, lastInstant) / block) * block;
      high = low + block;
      stretches = readStretches(name, low, high);
    }
    for (; high < until; high += block)
      stretches = joined(stretches, readStretches(name, high, high + block));
    for (; low > from; low -= block) stretches = joined(readStretches(name, low - block, low), stretches);
    return stretches;
  };
}

/** Where one set ends and the next begins the clocks need not change. */
function joined(earlier: Stretch[], later: Stretch[]): Stretch[] {
  const isOne = earlier.at(-1)?.offset === later[0]?.offset;
  return [...earlier, ...later.slice(isOne ? 1 : 0)];
}

/** Of a block, as far as it lies between the first instant and the last. */
function readStretches(name: string, begin: number, end: number): Stretch[] {
  const from = Math.max(begin, firstInstant);
  let moment = zoned(from, name);
  const stretches = [{ from, offset: moment.offsetNanoseconds / 1e6 }];
  for (;;) {
    const next = moment.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds >= end || next.epochMilliseconds > lastInstant)
      return stretches;
    stretches.push({ from: next.epochMilliseconds, offset: next.offsetNanoseconds / 1e6 });
    moment = next;
  }
}

/** Throws a RangeError for a name that is not a zone. */
const zoned = (instant: number, name: string) =>
  Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name);
