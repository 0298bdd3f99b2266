import { representTicket, type TicketRepresentation, ticketForCustomer } from '@ringback/api/ticket';
import type { Directory } from '@ringback/directory';
import { asTicketEvent, foldTicket, type Ticket } from '@ringback/domain/ticket';
import type { Identity } from '@ringback/service-kit';
import type { QueryContext } from '../context.ts';
import { isRecovered } from './recovery.ts';

/** A ticket that a list found, and the version by which it did. */
export interface ListedTicket {
  ticket_id: string;
  version: number;
}

/**
 * What a list shows of the tickets that it found, in their order: each from its stream, as it was when the list was
 * made, so that it answers to what it was found by.
 */
export async function readListed(
  found: readonly ListedTicket[],
  identity: Identity,
  { log, directory }: Pick<QueryContext, 'log' | 'directory'>,
): Promise<TicketRepresentation[]> {
  const versions = new Map(found.map(({ ticket_id, version }) => [ticket_id, version]));
  const streams = await log.readStreams('ticket', [...versions.keys()], { until: versions });
  const listed: TicketRepresentation[] = [];
  for (const id of versions.keys()) {
    const ticket = foldTicket((streams.get(id) ?? []).map(asTicketEvent));
    if (ticket === null) throw new Error(`ticket ${id} is in the read model and not in the log`);
    listed.push(await represent(ticket, identity, directory, null));
  }
  return listed;
}

/** A ticket for who asks, by what was recorded at an instant (ISO 8601); null: by now. */
export async function represent(
  ticket: Ticket,
  { customerId }: Identity,
  directory: Pick<Directory, 'recovery'>,
  at: string | null,
): Promise<TicketRepresentation> {
  const recovered = await isRecovered(ticket, at, directory);
  return ticketForCustomer(representTicket(ticket, { recovered }), customerId);
}
