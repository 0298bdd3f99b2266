import type { Administration } from '@ringback/administration';
import type { Ticket, TicketRepresentation } from '@ringback/domain/ticket';

type Contracts = Pick<Administration, 'recovery'>;

/**
 * Whether a renewal back-filled to the expiry covers the ticket after all. Where it brings clocks the ticket's events
 * tell of it; where the plan has none, the contract's alone do. `at`: by what was recorded then; null: by now.
 */
export async function isRecovered(
  { recovered, coverage, openedAt }: Ticket,
  at: string | null,
  contracts: Contracts,
): Promise<boolean> {
  const { contractId, standing, plan } = coverage;
  if (recovered || standing === 'active' || contractId === null || plan === null) return recovered;
  const renewal = await contracts.recovery(contractId, openedAt);
  return renewal !== null && (at === null || renewal.recordedAt <= at);
}

/** The read model's tickets with the charge mark lifted where a renewal has covered them since their last event. */
export async function liftCharges(
  tickets: readonly TicketRepresentation[],
  contracts: Contracts,
): Promise<TicketRepresentation[]> {
  const lifted: TicketRepresentation[] = [];
  for (const ticket of tickets) {
    const { chargeable, outOfScope, contract, plan, openedAt } = ticket;
    const mayBe = chargeable && outOfScope === null && plan !== null && contract !== null;
    const renewal =
      mayBe && contract.standing !== 'active' ? await contracts.recovery(contract.id, openedAt) : null;
    lifted.push(renewal === null ? ticket : { ...ticket, chargeable: false });
  }
  return lifted;
}
