import type { Administration } from '@ringback/administration';
import type { Catalog } from '@ringback/domain/catalog';
import {
  CalendarInvalid,
  type CompiledPlan,
  compilePlan,
  draftPriority,
  PriorityUnmapped,
} from '@ringback/domain/service-level';
import { fieldProblem, readCatalog } from '@ringback/service-kit';
import * as z from 'zod';

/** A whole catalog and one of its plans, not published or published. */
export const DraftRequest = z.strictObject({
  catalog: z.union([z.string(), z.record(z.string(), z.unknown())]).meta({
    description:
      'The whole catalog, as a JSON object or as YAML text; or `{"catalog": "cat-levels"}`, with a `version` if you ' +
      'like, for one that is published',
    example: { catalog: 'cat-levels' },
  }),
  plan: z.string().max(100),
});

const Published = z.strictObject({ catalog: z.string(), version: z.int().positive().optional() });

export interface Draft {
  plan: CompiledPlan;
  /** A recorded priority's name in the draft. Throws the problem `validation-failed`. */
  priorityOf(recorded: string): string;
}

/**
 * The draft with the calendars' exceptions that hold at present, as if it were published now. Throws `catalog-invalid`
 * as publication does, and `validation-failed` for a catalog, plan or priority that there is not.
 */
export function readDraft(
  request: z.infer<typeof DraftRequest>,
  priorities: { readonly [recorded: string]: string },
  administration: Pick<Administration, 'catalog' | 'calendarExceptions'>,
): Draft {
  const content = findCatalog(request.catalog, administration);
  requireKnown(content.plans, request.plan, '/body/draft/plan', 'plan');
  for (const [recorded, name] of Object.entries(priorities)) {
    requireKnown(content.priorities, name, `/body/priorities/${escapePointer(recorded)}`, 'priority');
  }
  const exceptions = administration
    .calendarExceptions(content.catalog)
    .filter(({ removedAt }) => removedAt === null)
    .map(({ calendar, date, hours, reason }) => ({
      calendar: calendar.slice(calendar.indexOf('/') + 1),
      date,
      hours,
      reason,
    }));
  return {
    plan: answerFaults(() => compilePlan(content, request.plan, exceptions)),
    priorityOf: (recorded) => answerFaults(() => draftPriority(content, priorities, recorded)),
  };
}

/** What only shows in use: a calendar that does not open often enough, a priority that nobody mapped. */
export function answerFaults<T>(compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    if (error instanceof CalendarInvalid) throw fieldProblem('/body/draft/catalog', error.message);
    if (!(error instanceof PriorityUnmapped)) throw error;
    throw fieldProblem(`/body/priorities/${escapePointer(error.priority)}`, error.message);
  }
}

function findCatalog(
  given: z.infer<typeof DraftRequest>['catalog'],
  administration: Pick<Administration, 'catalog'>,
): Catalog {
  const published = Published.safeParse(given);
  if (!published.success) return readCatalog(given, '/body/draft/catalog');
  const { catalog, version } = published.data;
  const found = administration.catalog(catalog, version);
  if (found !== null) return found.content;
  const what = version === undefined ? `"${catalog}"` : `version ${version} of "${catalog}"`;
  throw fieldProblem('/body/draft/catalog/catalog', `${what} is no catalog that is published`);
}

function requireKnown(known: object, id: string, pointer: string, what: string): void {
  if (Object.hasOwn(known, id)) return;
  const allowed = Object.keys(known).join(', ');
  throw fieldProblem(pointer, `"${id}" is no ${what} of this catalog; allowed are ${allowed}`);
}

const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');
