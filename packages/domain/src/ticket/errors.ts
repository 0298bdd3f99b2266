/**
 * A stream that no decision could have written: it does not begin with its opening, or opens twice. The stream was
 * changed behind the log's back, or belongs to another kind of aggregate.
 */
export class TicketStreamBroken extends Error {
  constructor(ticketId: string, version: number, fault: string) {
    super(`Ticket ${ticketId}, version ${version}: ${fault}. Compare the stream with a backup of the log.`);
    this.name = 'TicketStreamBroken';
  }
}
