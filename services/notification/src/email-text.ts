import type { TicketCloudEvent } from '@ringback/domain/ticket';

export interface EmailText {
  subject: string;
  text: string;
}

interface Facts {
  ticket: {
    id: string;
    reference: string;
    subject: string;
    customerId: string | null;
    priority: string;
    plan: string | null;
  };
  objective?: string;
  occurrence?: number;
  targetAt?: string;
  dueAt?: string;
  breachedAt?: string;
}

/** The words of a notification: what happened, to which ticket, and where to look. */
export function emailText(event: TicketCloudEvent, publicUrl: string): EmailText {
  const facts = event.data as unknown as Facts;
  const { ticket } = facts;
  const [headline, sentence] = wordsFor(event.type, facts);
  const lines = [
    sentence,
    '',
    `Ticket:    ${ticket.reference}, ${ticket.subject}`,
    `Customer:  ${ticket.customerId ?? 'not known yet'}`,
    `Priority:  ${ticket.priority}`,
    `Plan:      ${ticket.plan ?? 'none'}`,
    `Happened:  ${event.time}`,
    '',
    `History:   ${publicUrl}/v1/tickets/${ticket.id}/events`,
    `Clocks:    ${publicUrl}/v1/tickets/${ticket.id}/clocks`,
  ];
  // A subject is one line, whatever a caller wrote into the ticket's.
  return {
    subject: oneLine(`[${ticket.reference}] ${headline}: ${ticket.subject}`),
    text: `${lines.join('\n')}\n`,
  };
}

function wordsFor(
  type: string,
  { objective = '', dueAt = '', targetAt = '', breachedAt = '' }: Facts,
): [string, string] {
  switch (type) {
    case 'SlaTargetMissed':
      return [
        `${objective} target missed`,
        `The target for ${objective} was ${targetAt} and has passed. The promise is at risk.`,
      ];
    case 'SlaBreached':
      return [
        `${objective} breached`,
        `The promise for ${objective} was due by ${dueAt} and is broken since ${breachedAt}.`,
      ];
    case 'SlaBreachRetracted':
      return [
        `${objective} breach taken back`,
        `The breach of ${objective} at ${breachedAt} is taken back: what came to light since shows that it did not happen.`,
      ];
    case 'TicketOpened':
      return ['opened', 'A ticket was opened that the engineer on call must hear of.'];
    default:
      return [type, `The ticket has a new event: ${type}.`];
  }
}

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 250);
