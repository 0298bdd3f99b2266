import { type FieldError, mostErrors, type ProblemCode, problems } from '@ringback/api/problems';
import { maskSecrets } from '../../observability/mask-secrets.ts';

export interface ProblemOptions {
  detail?: string;
  errors?: FieldError[];
  /** Faults that were found and are not among `errors`. */
  omitted?: number;
  /** Further members of the answer, e.g. the ticket's state. */
  extra?: { [member: string]: unknown };
  headers?: { [name: string]: string };
}

/** Thrown by a handler, answered as `application/problem+json`. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? problems[code].title);
    this.name = 'Problem';
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return problems[this.code].status;
  }
}

/** 422 that names the field at fault: a JSON pointer from `/body`, `/query` or `/params`. */
export const fieldProblem = (pointer: string, detail: string): Problem =>
  fieldProblems([{ pointer, detail }]);

/** As `fieldProblem`, for several at once; `omitted` counts those that are not among them. */
export function fieldProblems(errors: readonly FieldError[], omitted = 0): Problem {
  const [first] = errors;
  return new Problem('validation-failed', {
    ...(first === undefined ? {} : { detail: `${first.pointer}: ${first.detail}` }),
    errors: [...errors],
    omitted,
  });
}

/** Of each text in an answer: a small request must not have a large answer. */
const longestText = 1_000;

const shorten = (text: string): string =>
  text.length > longestText ? `${text.slice(0, longestText).toWellFormed()}…` : text;

function shortenError(error: FieldError): FieldError {
  // The name of a field that is not known is the caller's own text.
  return {
    ...error,
    pointer: shorten(maskSecrets(error.pointer)),
    detail: shorten(maskSecrets(error.detail)),
  };
}

/** The body of a problem's answer. */
export function problemBody(problem: Problem, instance: string): { [member: string]: unknown } {
  const { status, title } = problems[problem.code];
  const { detail, errors, omitted = 0, extra } = problem.options;
  const left = omitted + Math.max(0, (errors?.length ?? 0) - mostErrors);
  return {
    type: `/problems/${problem.code}`,
    title,
    status,
    code: problem.code,
    ...(detail === undefined ? {} : { detail: shorten(maskSecrets(detail)) }),
    instance,
    ...(errors === undefined ? {} : { errors: errors.slice(0, mostErrors).map(shortenError) }),
    ...(left === 0 ? {} : { errorsOmitted: left }),
    ...extra,
  };
}
