import type { Ticket } from '@ringback/domain/ticket';
import { Channel, HoldReason, holdParties, Instant, Standing, TicketState } from '@ringback/domain/ticket';
import * as z from 'zod';

const When = Instant.nullable();

/** A ticket as the API shows it. */
export const TicketRepresentation = z
  .strictObject({
    id: z.uuid(),
    reference: z.string().meta({ example: 'RB-4820-1937' }),
    version: z.int().positive().meta({ description: 'Counts the ticket’s events; for `If-Match`.' }),
    state: TicketState,
    customerId: z.string().nullable(),
    candidateCustomerIds: z
      .array(z.string())
      .meta({ description: 'Whose number or address it could be, while it is not known whose it is.' }),
    contactId: z.string().nullable(),
    contract: z
      .strictObject({ id: z.string(), standing: Standing })
      .nullable()
      .meta({ description: 'As it stood at the opening.' }),
    plan: z.string().nullable().meta({ description: '`catalog/plan`', example: 'cat-levels/cat-2' }),
    catalogVersion: z.int().positive().nullable(),
    priority: z.string(),
    channel: Channel,
    subject: z.string(),
    description: z.string().nullable(),
    caller: z
      .strictObject({
        number: z.string().nullable().meta({ description: 'As the phone system gave it.' }),
        e164: z.string().nullable(),
        anonymous: z.boolean(),
        name: z.string().nullable(),
      })
      .nullable(),
    email: z.string().nullable(),
    assignee: z.string().nullable().meta({ description: 'Null for a customer’s own key.' }),
    chargeable: z.boolean(),
    outOfScope: z.string().nullable().meta({ description: 'Why the contract does not cover it.' }),
    holds: z.array(
      z.strictObject({ reason: HoldReason, party: z.enum(Object.values(holdParties)), since: Instant }),
    ),
    equipmentFault: z
      .strictObject({
        determinedAt: Instant,
        equipment: z.array(z.string()),
        dispatchedAt: When,
        deliveredAt: When,
      })
      .nullable()
      .meta({ description: 'The latest.' }),
    onSiteVisit: z
      .strictObject({ determinedAt: Instant, arrivedAt: When })
      .nullable()
      .meta({ description: 'The latest.' }),
    turnaroundDueAt: When,
    openedAt: Instant,
    acknowledgedAt: When,
    interventionStartedAt: When,
    restoredAt: When,
    resolvedAt: When,
    closedAt: When,
    declinedAt: When,
    reopenedAt: When,
    lastReplyFrom: z.enum(['agent', 'customer']).nullable(),
    lastReplyAt: When,
    calls: z.array(
      z.strictObject({
        integrationId: z.string(),
        callId: z.string(),
        direction: z.enum(['in', 'out']),
        outcome: z.string().nullable(),
      }),
    ),
    workedMinutes: z
      .number()
      .nonnegative()
      .nullable()
      .meta({ description: 'Null for a customer’s own key.' }),
    refersToTicketId: z.string().nullable(),
    updatedAt: Instant.meta({ description: 'When the latest of its events was recorded.' }),
    position: z.int().meta({ description: 'Of its latest event in the log.' }),
  })
  .meta({ id: 'Ticket', description: 'Instants are ISO 8601 UTC with milliseconds.' });
export type TicketRepresentation = z.infer<typeof TicketRepresentation>;

/**
 * A number that the caller withheld is not shown, also where the phone system gave it along. `recovered`: a renewal
 * covers the ticket after all. Its events say so only where the plan has clocks that were re-planned.
 */
export function representTicket(
  ticket: Ticket,
  { recovered = ticket.recovered }: { recovered?: boolean } = {},
): TicketRepresentation {
  const { coverage, caller } = ticket;
  const { contractId, standing, plan } = coverage;
  const isCharged = coverage.chargeable && !recovered;
  return {
    id: ticket.id,
    reference: ticket.reference,
    version: ticket.version,
    state: ticket.state,
    customerId: ticket.customerId,
    candidateCustomerIds: [...ticket.candidateCustomerIds],
    contactId: ticket.contactId,
    contract: contractId === null ? null : { id: contractId, standing },
    plan: plan === null ? null : `${plan.catalog}/${plan.plan}`,
    catalogVersion: plan?.catalogVersion ?? null,
    priority: ticket.priority,
    channel: ticket.channel,
    subject: ticket.subject,
    description: ticket.description,
    caller:
      caller === null
        ? null
        : {
            number: caller.anonymous ? null : caller.raw,
            e164: caller.anonymous ? null : caller.e164,
            anonymous: caller.anonymous,
            name: caller.name,
          },
    email: ticket.email,
    assignee: ticket.assignee,
    chargeable: isCharged || ticket.outOfScope !== null,
    outOfScope: ticket.outOfScope,
    holds: ticket.holds.map(({ reason, since }) => ({ reason, party: holdParties[reason], since })),
    equipmentFault: representFault(ticket),
    onSiteVisit: ticket.onSiteVisit,
    turnaroundDueAt: ticket.turnaroundDueAt,
    openedAt: ticket.openedAt,
    acknowledgedAt: ticket.acknowledgedAt,
    interventionStartedAt: ticket.interventionStartedAt,
    restoredAt: ticket.restoredAt,
    resolvedAt: ticket.resolvedAt,
    closedAt: ticket.closedAt,
    declinedAt: ticket.declinedAt,
    reopenedAt: ticket.reopenedAt,
    lastReplyFrom: ticket.lastReplyFrom,
    lastReplyAt: ticket.lastReplyAt,
    calls: ticket.calls.map(({ integrationId, callId, direction, outcome }) => ({
      integrationId,
      callId,
      direction,
      outcome,
    })),
    workedMinutes: ticket.workedMinutes,
    refersToTicketId: ticket.refersToTicketId,
    updatedAt: ticket.updatedAt,
    position: ticket.position,
  };
}

function representFault({ equipmentFault: fault }: Ticket): TicketRepresentation['equipmentFault'] {
  if (fault === null) return null;
  const { determinedAt, equipment, dispatchedAt, deliveredAt } = fault;
  return { determinedAt, equipment: [...equipment], dispatchedAt, deliveredAt };
}
