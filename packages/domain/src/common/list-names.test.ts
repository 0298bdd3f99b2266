import { expect, it } from 'vitest';
import { listNames } from './index.ts';

it('A list of names has the first twenty, and says how many more there are', () => {
  const names = Array.from({ length: 23 }, (_, index) => `name-${index}`);
  expect(listNames(['low', 'normal'])).toBe('low, normal');
  expect(listNames(names.slice(0, 20))).toBe(names.slice(0, 20).join(', '));
  expect(listNames(names)).toBe(`${names.slice(0, 20).join(', ')} and 3 more`);
});
