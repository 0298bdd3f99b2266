export { allowedCommands, allowedInState } from './allowed-commands.ts';
export { type CloudEventTicket, type TicketCloudEvent, toCloudEvent } from './cloud-event.ts';
export { TicketFacts, ticketCloudEventSchema } from './cloud-event-schema.ts';
export * from './commands.ts';
export * from './coverage.ts';
export {
  cloudEventForCustomer,
  historyForCustomer,
  isVisibleToCustomer,
  ticketForCustomer,
} from './customer-view.ts';
export { decide } from './decide.ts';
export {
  type Decision,
  type DecisionContext,
  type Identification,
  type PlanTerms,
  type RefusalCode,
  type Refused,
  refusals,
} from './decision.ts';
export * from './errors.ts';
export {
  breachTypes,
  type EventTraits,
  eventTraits,
  movesClocks,
  type TypeWithoutClockData,
  typesWhere,
  type VerdictType,
} from './event-traits.ts';
export * from './events.ts';
export { type FoldOptions, foldTicket } from './fold.ts';
export { toUtc } from './instants.ts';
export { newTicketEvent } from './new-event.ts';
export { decideOpening, type Opening, type OpeningDecision, OpenTicket } from './open.ts';
export { isPlainText, plainText } from './plain-text.ts';
export * from './recorded-event.ts';
export { formatReference, type ParsedReference, parseReference } from './reference.ts';
export { representTicket, TicketRepresentation } from './representation.ts';
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
