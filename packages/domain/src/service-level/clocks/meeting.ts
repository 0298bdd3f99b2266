import {
  eventTraits,
  type Metric,
  metrics,
  type TicketEventType,
  ticketEventTypes,
} from '../../ticket/index.ts';

/** A set of metrics as bits: they are asked for at every event of every clock. */
export type Metrics = number;

const bits = Object.fromEntries(metrics.map((metric, index) => [metric, 1 << index])) as {
  readonly [metric in Metric]: Metrics;
};

export const metricBit = (metric: Metric): Metrics => bits[metric];

const union = (some: readonly Metric[]): Metrics => some.reduce((set, metric) => set | metricBit(metric), 0);

const toBits = (trait: 'meets' | 'starts') =>
  new Map<TicketEventType, Metrics>(
    ticketEventTypes.map((type) => [type, union(eventTraits[type].clocks[trait])]),
  );
const met = toBits('meets');
const started = toBits('starts');

/** The metrics that an event of this type meets. */
export const metBy = (type: TicketEventType): Metrics => met.get(type) ?? 0;

/** The metrics whose clocks an event of this type starts. */
export const startedBy = (type: TicketEventType): Metrics => started.get(type) ?? 0;

/** What starts at the opening; the others start at a determination. */
export const startedByOpening: Metrics = startedBy('TicketOpened');

/** What a reopening takes back, so that only what has happened since then meets it. */
export const takenBackByReopening: Metrics = union(['restore', 'resolution']);
