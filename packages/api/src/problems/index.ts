export { ProblemBody } from './problem-body.ts';
export { type FieldError, mostErrors, type ProblemCode, problems } from './problems.ts';
