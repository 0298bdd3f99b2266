import type { Directory } from '@ringback/directory';
import type { Catalog } from '@ringback/domain/catalog';
import {
  type ContractChoice,
  type Coverage,
  chooseContract,
  coverageUnder,
  coverageWithoutContract,
  planOf,
  standingAt,
} from '@ringback/domain/ticket';
import { fieldProblem } from '@ringback/service-kit';

/** What covers a ticket, and the catalog whose priorities it takes. */
export interface Judged {
  coverage: Coverage;
  /** Null: no contract and no single catalog says which priorities there are. */
  catalog: Catalog | null;
}

/** What covers a customer's ticket, or why that cannot be said. */
export type Judgement =
  | ({ kind: 'judged' } & Judged)
  | Extract<ContractChoice<never>, { kind: 'ambiguous' | 'unknown' }>;

/**
 * The coverage of a customer's ticket at an instant: under the contract named, else the only one, else the only active
 * one.
 */
export async function judgeCustomer(
  directory: Directory,
  customerId: string,
  contractId: string | null,
  instant: string,
): Promise<Judgement> {
  const judged = await judge(directory, customerId, contractId, instant);
  const isMissing =
    judged.kind === 'unknown' || (judged.kind === 'judged' && judged.coverage.contractId === null);
  if (!isMissing) return judged;
  // Another service has taken the contract in, perhaps a moment ago.
  await directory.catchUp();
  return await judge(directory, customerId, contractId, instant);
}

async function judge(
  directory: Directory,
  customerId: string,
  contractId: string | null,
  instant: string,
): Promise<Judgement> {
  const contracts = (await directory.contractsOf(customerId)).flatMap((contract) => {
    const catalog = directory.catalogWithPlan(contract.catalog, contract.plan);
    if (catalog === null) return [];
    const standing = standingAt(contract, planOf(catalog.content, contract.plan), instant);
    return [{ contract: { id: contract.id, contract, catalog }, standing }];
  });
  const choice = chooseContract(contracts, contractId);
  if (choice.kind === 'none') return { kind: 'judged', ...judgeWithoutContract(directory, null) };
  if (choice.kind !== 'chosen') return choice;
  const { contract, catalog } = choice.contract;
  return { kind: 'judged', coverage: coverageUnder(contract, catalog, instant), catalog: catalog.content };
}

/** Throws `validation-failed` when the request must say which contract, or names one that is not the customer's. */
export function requireJudged(judgement: Judgement): Judged {
  if (judgement.kind === 'judged') return judgement;
  const detail =
    judgement.kind === 'ambiguous'
      ? `the customer has several contracts: name one of ${judgement.contractIds.join(', ')}`
      : `"${judgement.contractId}" is not a contract of this customer`;
  throw fieldProblem('/body/contractId', detail);
}

/** Without a contract the catalog is the one named, else the only one there is. */
export function judgeWithoutContract(directory: Directory, catalogId: string | null): Judged {
  const catalogs = directory.catalogs();
  const only = catalogs.length === 1 ? (catalogs[0] ?? null) : null;
  const catalog = catalogId === null ? only : directory.catalog(catalogId);
  return { coverage: coverageWithoutContract(catalog), catalog: catalog?.content ?? null };
}

/** The priorities that a ticket may have, and the one that it has by default. */
export function prioritiesOf(directory: Directory, catalog: Catalog | null) {
  if (catalog !== null) {
    return { priorities: Object.keys(catalog.priorities), defaultPriority: catalog.defaultPriority };
  }
  const all = directory.catalogs().flatMap(({ content }) => Object.keys(content.priorities));
  return { priorities: [...new Set([...all, 'normal'])], defaultPriority: 'normal' };
}
