import { type FieldError, mostErrors } from '@ringback/api/problems';
import { fieldProblems, type Problem } from './problem.ts';

/** A fault that a schema found. */
export interface SchemaFault {
  /** Within the place, `/a/0/b`; the empty text is the place itself. */
  path: string;
  message: string | undefined;
  /** Fields that are not known at the path; then it is their fault, each for itself. */
  keys: readonly unknown[] | null;
}

/** The problem `validation-failed` for what is wrong with a request's `/body`, `/query`, `/params` or `/headers`. */
export function schemaProblem(place: string, faults: readonly SchemaFault[]): Problem {
  const errors: FieldError[] = [];
  let found = 0;
  for (const { path, message, keys } of faults) {
    found += keys?.length ?? 1;
    if (errors.length >= mostErrors) continue;
    if (keys === null) errors.push({ pointer: `${place}${path}`, detail: message ?? 'is not valid' });
    for (const key of keys?.slice(0, mostErrors) ?? []) {
      errors.push({ pointer: `${place}${path}/${key}`, detail: 'this field is not known here' });
    }
  }
  return fieldProblems(errors, found - errors.length);
}
