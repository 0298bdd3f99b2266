/** One fault in a catalog's text; line and column count from 1, `path` is a JSON Pointer. */
export interface CatalogProblem {
  line: number;
  column: number;
  path: string;
  message: string;
}

/** So many faults are named; one who mends these will see the others. */
export const mostCatalogProblems = 100;

/** A catalog that is invalid; `problems` names its faults, `omitted` counts those beyond the first hundred. */
export class CatalogInvalid extends Error {
  readonly problems: CatalogProblem[];
  readonly omitted: number;

  constructor(problems: readonly CatalogProblem[], omitted = 0) {
    const named = problems.slice(0, mostCatalogProblems);
    const left = problems.length - named.length + omitted;
    const lines = named.map((p) => `line ${p.line}, column ${p.column}, ${p.path || '/'}: ${p.message}`);
    super([...lines, ...(left === 0 ? [] : [`and ${left} more`])].join('\n'));
    this.name = 'CatalogInvalid';
    this.problems = named;
    this.omitted = left;
  }
}
