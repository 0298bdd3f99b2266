import type { Directory } from '@ringback/directory';
import type { Catalog } from '@ringback/domain/catalog';
import { listNames } from '@ringback/domain/common';
import {
  CalendarInvalid,
  type ClockEvent,
  draftPriority,
  type PlanReading,
  PriorityUnmapped,
} from '@ringback/domain/service-level';
import {
  type askedBy,
  type Computations,
  defineTask,
  fieldProblem,
  readCatalog,
} from '@ringback/service-kit';
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

const reading = defineTask<typeof import('./draft-tasks.ts')['readTicketsUnderDraft']>(
  new URL('./draft-tasks.ts', import.meta.url),
  'readTicketsUnderDraft',
  { milliseconds: 10_000, errors: [CalendarInvalid, PriorityUnmapped] },
);

export interface Draft {
  /** Each ticket's clocks under the draft, as of an instant in epoch milliseconds. Rejects with a problem. */
  read(tickets: ClockEvent[][], asOf: number): Promise<PlanReading[]>;
  /** A recorded priority's name in the draft. Throws the problem `validation-failed`. */
  priorityOf(recorded: string): string;
}

interface DraftDependencies {
  directory: Pick<Directory, 'catalog' | 'calendarExceptions'>;
  computations: Computations;
  asked: ReturnType<typeof askedBy>;
}

/**
 * The draft with the calendars' exceptions that hold at present, as if it were published now; it is read and compiled
 * in a thread, and nothing of it is kept there. Rejects with `catalog-invalid` as publication does, and with
 * `validation-failed` for a catalog, plan or priority that there is not.
 */
export async function readDraft(
  request: z.infer<typeof DraftRequest>,
  priorities: { readonly [recorded: string]: string },
  { directory, computations, asked }: DraftDependencies,
): Promise<Draft> {
  const published = findPublished(request.catalog, directory);
  const content =
    published?.value ??
    (await readCatalog(computations, request.catalog, { place: '/body/draft/catalog', ...asked }));
  requireKnown(content.plans, request.plan, '/body/draft/plan', 'plan');
  for (const [recorded, name] of Object.entries(priorities)) {
    requireKnown(content.priorities, name, `/body/priorities/${escapePointer(recorded)}`, 'priority');
  }
  const exceptions = directory
    .calendarExceptions(content.catalog)
    .filter(({ removedAt }) => removedAt === null)
    .map(({ calendar, date, hours, reason }) => ({
      calendar: calendar.slice(calendar.indexOf('/') + 1),
      date,
      hours,
      reason,
    }));
  const catalog = published === null ? content : null;
  const shared = published === null ? {} : { shared: published };
  const draft: Draft = {
    async read(tickets, asOf) {
      const question = { catalog, plan: request.plan, exceptions, priorities, tickets, asOf };
      try {
        return await computations.run(reading, question, { ...asked, ...shared });
      } catch (error) {
        throw asProblem(error);
      }
    },
    priorityOf(recorded) {
      try {
        return draftPriority(content, priorities, recorded);
      } catch (error) {
        throw asProblem(error);
      }
    },
  };
  // What only shows when it is compiled: better before the first ticket than with it.
  await draft.read([], 0);
  return draft;
}

/** What only shows in use: a calendar that does not open often enough, a priority that no one mapped. */
function asProblem(error: unknown): unknown {
  if (error instanceof CalendarInvalid) return fieldProblem('/body/draft/catalog', error.message);
  if (!(error instanceof PriorityUnmapped)) return error;
  return fieldProblem(`/body/priorities/${escapePointer(error.priority)}`, error.message);
}

/** Null: the request holds a catalog of its own. */
function findPublished(
  given: z.infer<typeof DraftRequest>['catalog'],
  directory: Pick<Directory, 'catalog'>,
): { key: string; value: Catalog } | null {
  const published = Published.safeParse(given);
  if (!published.success) return null;
  const { catalog, version } = published.data;
  const found = directory.catalog(catalog, version);
  if (found !== null) return { key: `catalog ${catalog}@${found.version}`, value: found.content };
  const what = version === undefined ? `"${catalog}"` : `version ${version} of "${catalog}"`;
  throw fieldProblem('/body/draft/catalog/catalog', `${what} is not a catalog that is published`);
}

function requireKnown(known: object, id: string, pointer: string, what: string): void {
  if (Object.hasOwn(known, id)) return;
  const allowed = listNames(Object.keys(known));
  throw fieldProblem(pointer, `"${id}" is no ${what} of this catalog; allowed are ${allowed}`);
}

const escapePointer = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');
