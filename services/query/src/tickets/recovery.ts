import type { Directory } from '@ringback/directory';
import type { Ticket } from '@ringback/domain/ticket';

type Contracts = Pick<Directory, 'recovery'>;

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
