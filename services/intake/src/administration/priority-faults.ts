import type { Administration } from '@ringback/administration';
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
  administration: Pick<Administration, 'catalog' | 'catalogs'>,
): FieldError[] {
  const catalogs = catalogId === null ? administration.catalogs() : [administration.catalog(catalogId)];
  const known = new Set(catalogs.flatMap((catalog) => Object.keys(catalog?.content.priorities ?? {})));
  return named
    .filter(({ priority }) => !known.has(priority))
    .map(({ pointer }) => ({ pointer, detail: `must be one of ${listNames([...known])}` }));
}
