export {
  cloudEventForCustomer,
  historyForCustomer,
  isVisibleToCustomer,
  ticketForCustomer,
} from './customer-view.ts';
export { representTicket, TicketRepresentation } from './representation.ts';
