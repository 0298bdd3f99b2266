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

const metByType = new Map<TicketEventType, ReadonlySet<Metric>>();
for (const [metric, types] of Object.entries(meetingEvents)) {
  for (const type of types) metByType.set(type, new Set([...(metByType.get(type) ?? []), metric as Metric]));
}
const nothing: ReadonlySet<Metric> = new Set();

/** The metrics that an event of this type meets. */
export const metBy = (type: TicketEventType): ReadonlySet<Metric> => metByType.get(type) ?? nothing;

/** What starts at the opening; the others start at a determination. */
export const startedByOpening: readonly Metric[] = [
  'response',
  'intervention',
  'restore',
  'resolution',
  'update',
];
