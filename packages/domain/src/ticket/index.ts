export { toUtc } from '../common/instants.ts';
export { isPlainText, plainText } from '../common/plain-text.ts';
export { allowedCommands, allowedInState } from './commands/allowed-commands.ts';
export * from './commands/commands.ts';
export { decide } from './commands/decide.ts';
export {
  type Decision,
  type DecisionContext,
  type Identification,
  type PlanTerms,
  type RefusalCode,
  type Refused,
  refusals,
} from './commands/decision.ts';
export { decideOpening, type Opening, type OpeningDecision, OpenTicket } from './commands/open.ts';
export * from './coverage.ts';
export * from './errors.ts';
export { type CloudEventTicket, type TicketCloudEvent, toCloudEvent } from './events/cloud-event.ts';
export { TicketFacts, ticketCloudEventSchema } from './events/cloud-event-schema.ts';
export {
  breachTypes,
  type EventTraits,
  eventTraits,
  movesClocks,
  type TypeWithoutClockData,
  typesWhere,
  type VerdictType,
  type VisibleType,
} from './events/event-traits.ts';
export * from './events/events.ts';
export { newTicketEvent } from './events/new-event.ts';
export * from './events/recorded-event.ts';
export { type FoldOptions, foldTicket } from './fold.ts';
export { formatReference, type ParsedReference, parseReference } from './reference.ts';
export {
  type EquipmentFault,
  evolve,
  type Hold,
  type LinkedCall,
  type OnSiteVisit,
  type Ticket,
  typesReadWithoutData,
} from './ticket.ts';
export * from './vocabulary.ts';
