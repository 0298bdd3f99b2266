/** What the tasks of computation threads may import: it loads in a few milliseconds. */
export { fieldProblem, fieldProblems, Problem } from '../../http/problems/problem.ts';
export { readBody } from './read-body.ts';
