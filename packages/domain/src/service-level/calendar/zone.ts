import { Temporal } from 'temporal-polyfill';

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
const known = new Map<string, Zone>();

/** Throws a RangeError for a name that is no IANA zone, such as a bare offset, which knows no summer time. */
export function zoneOf(name: string): Zone {
  const before = known.get(name);
  if (before !== undefined) return before;
  if (!/^[A-Za-z]/.test(name)) throw new RangeError(`"${name}" is no IANA zone`);
  const zone = createZone(name);
  known.set(name, zone);
  return zone;
}

function createZone(name: string): Zone {
  const stretches = readStretches(name);
  const starts = stretches.map(({ from }) => from);
  const at = (instant: number): number => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((starts[middle] as number) <= instant) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  /** The stretches whose offset could show this local time, earliest first. */
  const find = (local: number): { instant: number; inGap: boolean; before: number } => {
    // Clocks change by less than two days: the candidates lie around this stretch.
    for (let index = Math.max(0, at(local - 172_800_000)); index < stretches.length; index += 1) {
      const { from, offset } = stretches[index] as Stretch;
      const next = starts[index + 1] ?? Number.POSITIVE_INFINITY;
      const instant = local - offset;
      if (instant < from && index > 0) {
        const previous = (stretches[index - 1] as Stretch).offset;
        return { instant: from, inGap: true, before: local - previous };
      }
      if (instant < next) return { instant, inGap: false, before: instant };
    }
    throw new RangeError('no offset is known for this time');
  };
  return {
    toLocal: (instant) => instant + (stretches[at(instant)] as Stretch).offset,
    fromLocal: (local) => find(local).instant,
    fromLocalBeforeGap: (local) => find(local).before,
  };
}

function readStretches(name: string): Stretch[] {
  let moment = Temporal.Instant.fromEpochMilliseconds(firstInstant).toZonedDateTimeISO(name);
  const stretches = [{ from: Number.NEGATIVE_INFINITY, offset: moment.offsetNanoseconds / 1e6 }];
  for (;;) {
    const next = moment.getTimeZoneTransition('next');
    if (next === null || next.epochMilliseconds > lastInstant) return stretches;
    stretches.push({ from: next.epochMilliseconds, offset: next.offsetNanoseconds / 1e6 });
    moment = next;
  }
}
