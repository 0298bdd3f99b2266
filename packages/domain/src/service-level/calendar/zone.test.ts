import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { zoneOf } from './zone.ts';

const zones = [
  'Europe/London',
  'America/New_York',
  'Africa/Casablanca',
  'Pacific/Apia',
  'Asia/Kolkata',
  'UTC',
];
const hour = 3_600_000;

/** Instants from all over the range, in no order, and those about each change of the clocks in some years. */
function instantsOf(zone: string): number[] {
  const instants = [
    Date.UTC(2_026, 6),
    Date.UTC(1_890, 1),
    Date.UTC(2_250, 7),
    Date.UTC(1_971, 3),
    Date.UTC(2_012, 0),
  ];
  let moment = Temporal.Instant.from('2009-01-01T00:00:00Z').toZonedDateTimeISO(zone);
  for (
    let next = moment.getTimeZoneTransition('next');
    next !== null;
    next = moment.getTimeZoneTransition('next')
  ) {
    if (next.epochMilliseconds > Date.UTC(2_031, 0)) break;
    for (const distance of [-25 * hour, -1, 0, 1, hour, 25 * hour])
      instants.push(next.epochMilliseconds + distance);
    moment = next;
  }
  return instants;
}

it.each(zones)('%s has the offsets that it has, whatever is asked for first', (name) => {
  for (const instant of instantsOf(name)) {
    const zoned = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(name);
    expect(zoneOf(name).toLocal(instant) - instant, `${name} ${instant}`).toBe(zoned.offsetNanoseconds / 1e6);
  }
});

it.each(zones)('%s reads local times as the calendar does', (name) => {
  for (const instant of instantsOf(name)) {
    const local = zoneOf(name).toLocal(instant);
    const plain = Temporal.Instant.fromEpochMilliseconds(local).toZonedDateTimeISO('UTC').toPlainDateTime();
    const earlier = plain.toZonedDateTime(name, { disambiguation: 'earlier' }).epochMilliseconds;
    expect(zoneOf(name).fromLocal(local), `${name} ${instant}`).toBe(earlier);
  }
});

it('knows instants between milliseconds too', () => {
  expect(zoneOf('Europe/Riga').toLocal(1_795_879_243_391.63)).toBe(1_795_879_243_391.63 + 2 * hour);
});

it.each([
  ['Europe/Oslo', Date.UTC(1_800, 0)],
  ['Europe/Madrid', Date.UTC(2_400, 0)],
])(
  '%s is known first of an instant outside of what is looked up: the nearest offset holds on',
  (name, instant) => {
    const offset = zoneOf(name).toLocal(instant) - instant;
    const nearest = Math.min(Math.max(instant, Date.UTC(1_850, 0, 2)), Date.UTC(2_299, 11, 30));
    expect(zoneOf(name).toLocal(nearest) - nearest).toBe(offset);
    expect(zoneOf(name).fromLocal(instant + offset)).toBe(instant);
  },
);

it('is not known for what is not a zone', () => {
  expect(() => zoneOf('+02:00')).toThrow(RangeError);
  expect(() => zoneOf('Europe/Atlantis')).toThrow(RangeError);
});
