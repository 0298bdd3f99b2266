import * as z from 'zod';
import { mostErrors, type ProblemCode, problems } from './problems.ts';

const ProblemBody = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string().optional(),
    instance: z.string(),
    errors: z
      .array(
        z.object({
          pointer: z.string(),
          detail: z.string(),
          line: z.int().optional().meta({ description: 'Of a catalog’s text' }),
          column: z.int().optional(),
        }),
      )
      .max(mostErrors)
      .optional(),
    errorsOmitted: z
      .int()
      .optional()
      .meta({ description: 'How many more faults there are than `errors` names' }),
    scope: z.string().optional().meta({ description: 'That the key lacks' }),
    version: z.int().optional().meta({ description: 'At which the ticket stands' }),
    reason: z.string().optional().meta({ description: 'Why a command is refused' }),
    log: z.string().optional().meta({ description: 'The log’s name' }),
    position: z.int().optional().meta({ description: 'The head of the log' }),
    state: z.string().optional().meta({ description: 'Of the ticket that refuses a command' }),
    allowed: z.array(z.string()).optional().meta({ description: 'The commands that the ticket takes' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457: what went wrong, and which field' });

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
