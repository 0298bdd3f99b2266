import { expect, it } from 'vitest';
import { schemaProblem } from './field-errors.ts';
import { fieldProblems, problemBody } from './problem.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, nth) => nth);

it('An answer lists at most a hundred faults and counts all others', () => {
  const errors = numbered(250).map((nth) => ({ pointer: `/body/${nth}`, detail: 'is wrong' }));
  const body = problemBody(fieldProblems(errors, 7), '/v1/things');
  expect(body.errors).toEqual(errors.slice(0, 100));
  expect(body.errorsOmitted).toBe(150 + 7);
});

it('The faults of a schema are not kept beyond what an answer lists', () => {
  const faults = numbered(10_000).map((nth) => ({ path: `/list/${nth}`, message: 'is wrong', keys: null }));
  const { options } = schemaProblem('/body', faults);
  expect(options.errors).toHaveLength(100);
  expect(options.omitted).toBe(9_900);
});

it('The unknown fields of an object are not kept beyond what an answer lists', () => {
  const keys = numbered(10_000).map(String);
  const { options } = schemaProblem('/body', [{ path: '', message: undefined, keys }]);
  expect(options.errors).toHaveLength(100);
  expect(options.omitted).toBe(9_900);
});
