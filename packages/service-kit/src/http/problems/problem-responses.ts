import { ProblemBody, type ProblemCode, problems } from '@ringback/api/problems';

export const paragraph = '\n\n';
const always: ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'validation-failed',
  'rate-limited',
  'unavailable',
];

interface ProblemResponse {
  description: string;
  content: { 'application/problem+json': { schema: typeof ProblemBody } };
}

/** For a route's `response`: the problems that it may answer with, next to those that any route may. */
export function problemResponses(...codes: ProblemCode[]): { [status: number]: ProblemResponse } {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of new Set([...always, ...codes])) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, here]) => [
      status,
      {
        description: here.map((code) => `\`${code}\`: ${problems[code].title}`).join(paragraph),
        content: { 'application/problem+json': { schema: ProblemBody } },
      },
    ]),
  );
}
