/** Tasks that behave as a test needs them to. */
import { Problem } from '../../http/problems/problem.ts';
import { Refused } from './refused.ts';

export const add = ([one, other]: [number, number]): number => one + other;

export async function wait(milliseconds: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  return milliseconds;
}

export function spin(): never {
  for (;;);
}

export function hoard(): never {
  const all: object[] = [];
  for (;;) all.push({ all: all.length, text: `${all.length}` });
}

export function exit(): never {
  process.exit(3);
}

export function refuse(place: string): never {
  throw new Refused('cannot be answered', ['body', place]);
}

export function answerProblem(): never {
  throw new Problem('catalog-invalid', {
    detail: 'It is invalid.',
    errors: [{ pointer: '/a', detail: 'b' }],
  });
}

export function fail(): never {
  throw new TypeError('a fault of ours');
}

export const makeFunction = (): (() => void) => () => {};

const calls: unknown[] = [];

/** How often this thread was given the same object before. */
export function recognise(_input: null, shared: { name: string } | undefined): [string | null, number] {
  const before = calls.filter((each) => each === shared).length;
  calls.push(shared);
  return [shared?.name ?? null, before];
}

export const environment = (): string[] => Object.keys(process.env);
