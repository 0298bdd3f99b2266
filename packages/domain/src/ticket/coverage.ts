import type { Contract } from '../administration/events.ts';
import type { Catalog, CatalogPlan } from '../catalog/catalog.ts';
import { listNames } from '../common/index.ts';
import { toUtc } from '../common/instants.ts';
import type { PlanTerms } from './commands/decision.ts';
import type { Coverage, Standing } from './events/events.ts';

/** A catalog in the version that a ticket is judged by. */
export interface CatalogInForce {
  version: number;
  content: Catalog;
}

export type IdentifiedContract = Contract & { id: string };

/**
 * How a contract stands at an instant (ISO 8601). `from` is inclusive and `until` exclusive; acceptance and payment
 * count where the plan's `activation` asks for them, from their instant on. Of several faults the first that has to
 * be put right is named: a quote that was never accepted is `not-accepted`, whatever its period.
 */
export function standingAt(contract: Contract, plan: CatalogPlan, instant: string): Standing {
  const at = toUtc(instant);
  const has = (when: string | null) => when !== null && toUtc(when) <= at;
  if (plan.activation?.includes('acceptance') && !has(contract.acceptedAt)) return 'not-accepted';
  if (plan.activation?.includes('payment') && !has(contract.paidAt)) return 'not-paid';
  if (contract.from !== null && at < toUtc(contract.from)) return 'not-started';
  if (contract.until !== null && at >= toUtc(contract.until)) return 'ended';
  return 'active';
}

/** The plan of a contract in a catalog. Throws when the catalog has no such plan: look in an earlier version. */
export function planOf(catalog: Catalog, plan: string): CatalogPlan {
  const found = Object.hasOwn(catalog.plans, plan) ? catalog.plans[plan] : undefined;
  if (found !== undefined) return found;
  throw new RangeError(
    `The catalog "${catalog.catalog}" has no plan "${plan}", only ${listNames(Object.keys(catalog.plans))}`,
  );
}

/**
 * What a ticket that opens at `instant` is judged by. It is chargeable when the contract is not active, or where the
 * plan says so (`entitlements.chargeable`). Throws when the catalog has no such plan.
 */
export function coverageUnder(
  contract: IdentifiedContract,
  catalog: CatalogInForce,
  instant: string,
): Coverage {
  const plan = planOf(catalog.content, contract.plan);
  const standing = standingAt(contract, plan, instant);
  return {
    contractId: contract.id,
    standing,
    plan: { catalog: catalog.content.catalog, catalogVersion: catalog.version, plan: contract.plan },
    chargeable: standing !== 'active' || plan.entitlements?.chargeable === true,
  };
}

/** Without a contract a ticket is chargeable and runs under the plan that the catalog has for that, if it has one. */
export function coverageWithoutContract(catalog: CatalogInForce | null): Coverage {
  const plan = catalog?.content.planWithoutContract;
  return {
    contractId: null,
    standing: 'none',
    plan:
      catalog === null || plan === undefined
        ? null
        : { catalog: catalog.content.catalog, catalogVersion: catalog.version, plan },
    chargeable: true,
  };
}

export type ContractChoice<C> =
  | { kind: 'chosen'; contract: C }
  /** The customer has no contract. */
  | { kind: 'none' }
  /** Several, and not exactly one is active: the caller must say which. */
  | { kind: 'ambiguous'; contractIds: string[] }
  /** The one that was named is none of the customer's. */
  | { kind: 'unknown'; contractId: string };

/** Which of a customer's contracts a ticket falls under: the one named, else the only one, else the only active one. */
export function chooseContract<C extends { id: string }>(
  contracts: readonly { contract: C; standing: Standing }[],
  contractId: string | null,
): ContractChoice<C> {
  if (contractId !== null) {
    const named = contracts.find(({ contract }) => contract.id === contractId);
    return named === undefined
      ? { kind: 'unknown', contractId }
      : { kind: 'chosen', contract: named.contract };
  }
  const [only, ...others] = contracts;
  if (only === undefined) return { kind: 'none' };
  if (others.length === 0) return { kind: 'chosen', contract: only.contract };
  const [active, ...furtherActive] = contracts.filter(({ standing }) => standing === 'active');
  if (active !== undefined && furtherActive.length === 0)
    return { kind: 'chosen', contract: active.contract };
  return { kind: 'ambiguous', contractIds: contracts.map(({ contract }) => contract.id) };
}

/** What `decide` needs of the plan that a ticket was opened under. A contract that is not active offers nothing. */
export function planTerms(coverage: Coverage, catalog: Catalog | null): PlanTerms | null {
  const { plan: reference, standing } = coverage;
  if (catalog === null || reference === null) return null;
  const offered = standing === 'active' ? (planOf(catalog, reference.plan).agreedTurnaround ?? []) : [];
  return {
    priorities: Object.keys(catalog.priorities),
    offersTurnaround: (priority) => offered.includes(priority),
  };
}

/** The priority that a ticket carries over to a catalog: its own where the catalog knows it, else the default. */
export function priorityUnder(catalog: Catalog, priority: string): string {
  return Object.hasOwn(catalog.priorities, priority) ? priority : catalog.defaultPriority;
}

/** A contract as one of its definitions in the log has it. */
export interface RecordedContract {
  contract: Contract;
  recordedAt: string;
  position: number;
}

/**
 * The definition by which a contract that was not active when a ticket was opened covers that opening after all: a
 * renewal that reaches back to the expiry, a payment recorded late. `definitions` in the order of recording;
 * `planFor` finds the plan of one. Null: none does.
 */
export function findRecovery(
  definitions: readonly RecordedContract[],
  planFor: (contract: Contract) => CatalogPlan | null,
  openedAt: string,
): RecordedContract | null {
  const covers = ({ contract, recordedAt }: RecordedContract) => {
    const plan = planFor(contract);
    return recordedAt > openedAt && plan !== null && standingAt(contract, plan, openedAt) === 'active';
  };
  return definitions.find(covers) ?? null;
}
