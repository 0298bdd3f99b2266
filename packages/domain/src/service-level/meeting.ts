import type { Metric, TicketEventType } from '../ticket/index.ts';

const staffActed: TicketEventType[] = [
  'TicketAcknowledged',
  'AgentReplied',
  'InterventionStarted',
  'EquipmentFaultDetermined',
  'OnSiteVisitDetermined',
  'ReplacementDispatched',
  'ReplacementDelivered',
  'EngineerArrived',
  'ServiceRestored',
  'TicketResolved',
];

/** What meets what: a person must have acted; assignment, notes and a linked call by itself meet nothing. */
const meetingEvents: { readonly [metric in Metric]: readonly TicketEventType[] } = {
  response: staffActed,
  intervention: ['InterventionStarted', 'EngineerArrived', 'ServiceRestored', 'TicketResolved'],
  restore: ['ServiceRestored', 'TicketResolved'],
  resolution: ['TicketResolved'],
  replacement: ['ReplacementDelivered'],
  'on-site': ['EngineerArrived'],
  update: ['AgentReplied', 'TicketResolved'],
};

/** A set of metrics as bits: they are asked for at every event of every clock. */
export type Metrics = number;

const bits = Object.fromEntries(Object.keys(meetingEvents).map((metric, index) => [metric, 1 << index])) as {
  readonly [metric in Metric]: Metrics;
};

export const metricBit = (metric: Metric): Metrics => bits[metric];

const union = (metrics: readonly Metric[]): Metrics =>
  metrics.reduce((set, metric) => set | metricBit(metric), 0);

const metByType = new Map<TicketEventType, Metrics>();
for (const [metric, types] of Object.entries(meetingEvents)) {
  for (const type of types) metByType.set(type, (metByType.get(type) ?? 0) | metricBit(metric as Metric));
}

/** The metrics that an event of this type meets. */
export const metBy = (type: TicketEventType): Metrics => metByType.get(type) ?? 0;

/** What starts at the opening; the others start at a determination. */
export const startedByOpening: Metrics = union([
  'response',
  'intervention',
  'restore',
  'resolution',
  'update',
]);

/** What a reopening takes back, so that only what has happened since then meets it. */
export const takenBackByReopening: Metrics = union(['restore', 'resolution']);
