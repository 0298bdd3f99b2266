import type { Directory } from '@ringback/directory';
import { listNames } from '@ringback/domain/common';
import type { FieldError } from '@ringback/service-kit';

interface Named {
  pointer: string;
  priority: string;
}

/** What is wrong with priorities that are named: a catalog that is named must have them, else any that is published. */
export function priorityFaults(
  named: readonly Named[],
  catalogId: string | null,
  directory: Pick<Directory, 'catalog' | 'catalogs'>,
): FieldError[] {
  const catalogs = catalogId === null ? directory.catalogs() : [directory.catalog(catalogId)];
  const known = new Set(catalogs.flatMap((catalog) => Object.keys(catalog?.content.priorities ?? {})));
  return named
    .filter(({ priority }) => !known.has(priority))
    .map(({ pointer }) => ({ pointer, detail: `must be one of ${listNames([...known])}` }));
}
