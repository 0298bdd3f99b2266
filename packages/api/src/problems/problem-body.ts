import * as z from 'zod';
import { mostErrors } from './problems.ts';

/** The body of a problem (RFC 9457), with the members of ours. */
export const ProblemBody = z
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
