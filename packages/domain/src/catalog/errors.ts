/** One fault in a catalog's text; line and column count from 1, `path` is a JSON Pointer. */
export interface CatalogProblem {
  line: number;
  column: number;
  path: string;
  message: string;
}

/** A catalog that cannot be used; `problems` names every fault. */
export class CatalogInvalid extends Error {
  readonly problems: CatalogProblem[];

  constructor(problems: CatalogProblem[]) {
    super(
      problems.map((p) => `line ${p.line}, column ${p.column}, ${p.path || '/'}: ${p.message}`).join('\n'),
    );
    this.name = 'CatalogInvalid';
    this.problems = problems;
  }
}
