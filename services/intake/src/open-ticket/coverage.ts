import type { Directory } from '@ringback/directory';
import type { Catalog } from '@ringback/domain/catalog';
import {
  type Coverage,
  chooseContract,
  coverageUnder,
  coverageWithoutContract,
  planOf,
  standingAt,
} from '@ringback/domain/ticket';
import { fieldProblem } from '@ringback/service-kit';

/** What a ticket is judged by, and the catalog whose priorities it takes. */
export interface Judged {
  coverage: Coverage;
  /** Null: no contract and no single catalog says which priorities there are. */
  catalog: Catalog | null;
}

/**
 * The coverage of a customer's ticket at an instant: under the contract named, else the only one, else the only active
 * one. Throws `validation-failed` when the caller must say which, or named one that is not the customer's.
 */
export async function judgeCustomer(
  directory: Directory,
  customerId: string,
  contractId: string | null,
  instant: string,
): Promise<Judged> {
  const contracts = (await directory.contractsOf(customerId)).flatMap((contract) => {
    const catalog = directory.catalogWithPlan(contract.catalog, contract.plan);
    if (catalog === null) return [];
    return [
      { contract, catalog, standing: standingAt(contract, planOf(catalog.content, contract.plan), instant) },
    ];
  });
  const choice = chooseContract(contracts, contractId);
  if (choice.kind === 'none') return judgeWithoutContract(directory, null);
  if (choice.kind === 'chosen') {
    const chosen = contracts.find(({ contract }) => contract.id === choice.contract.id);
    if (chosen !== undefined) {
      const { contract, catalog } = chosen;
      return { coverage: coverageUnder(contract, catalog, instant), catalog: catalog.content };
    }
  }
  const detail =
    choice.kind === 'ambiguous'
      ? `the customer has several contracts: name one of ${choice.contractIds.join(', ')}`
      : `"${contractId}" is no contract of this customer`;
  throw fieldProblem('/body/contractId', detail);
}

/** Without a contract the catalog is the one named, else the only one there is. */
export function judgeWithoutContract(directory: Directory, catalogId: string | null): Judged {
  const catalogs = directory.catalogs();
  const only = catalogs.length === 1 ? (catalogs[0] ?? null) : null;
  const catalog = catalogId === null ? only : directory.catalog(catalogId);
  return { coverage: coverageWithoutContract(catalog), catalog: catalog?.content ?? null };
}

/** The priorities that a ticket may have, and the one that it has when nobody says. */
export function prioritiesOf(directory: Directory, catalog: Catalog | null) {
  if (catalog !== null) {
    return { priorities: Object.keys(catalog.priorities), defaultPriority: catalog.defaultPriority };
  }
  const all = directory.catalogs().flatMap(({ content }) => Object.keys(content.priorities));
  return { priorities: [...new Set([...all, 'normal'])], defaultPriority: 'normal' };
}
