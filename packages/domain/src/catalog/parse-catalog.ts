import type * as z from 'zod';
import { Catalog } from './catalog.ts';
import { type Place, readCatalogText } from './catalog-text.ts';
import { CatalogInvalid, type CatalogProblem, mostCatalogProblems } from './errors.ts';
import type { Path } from './text-content.ts';

/** What the schema cannot see: references between the parts. */
export type CatalogCheck = (catalog: Catalog) => { path: Path; message: string }[];

/**
 * Reads a catalog from JSON or YAML. Throws `CatalogInvalid` with every fault at once, each with line, column (from 1),
 * path and what is allowed. May take seconds for a text that was made to: run it in a thread where others wrote it.
 */
export function parseCatalog(text: string, check: CatalogCheck): Catalog {
  const { value, offsetOf, placeOf } = readCatalogText(text);
  return validate(value, check, (path) => placeOf(offsetOf(path)));
}

/** As `parseCatalog`, for what is parsed already: a fault has its path, and no place of its own. */
export function checkCatalog(value: unknown, check: CatalogCheck): Catalog {
  return validate(value, check, () => ({ line: 1, column: 1 }));
}

function validate(value: unknown, check: CatalogCheck, placeOf: (path: Path) => Place): Catalog {
  const parsed = Catalog.safeParse(value, { reportInput: true });
  const faults = parsed.success ? check(parsed.data) : parsed.error.issues.flatMap(describeIssue);
  if (parsed.success && faults.length === 0) return parsed.data;
  const named = faults
    .slice(0, mostCatalogProblems)
    .map(({ path, message }): CatalogProblem => ({ ...placeOf(path), path: pointer(path), message }));
  throw new CatalogInvalid(named, faults.length - named.length);
}

function describeIssue(issue: z.core.$ZodIssue): { path: Path; message: string }[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key], message: `"${key}" is not known here` }));
}

/** A JSON Pointer (RFC 6901). */
function pointer(path: Path): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
