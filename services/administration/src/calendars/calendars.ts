import { CatalogCalendar } from '@ringback/domain/catalog';
import {
  beginOfDate,
  catalogCalendar,
  holidayLibrary,
  listCalendar,
  toInstant,
} from '@ringback/domain/service-level';
import { Instant } from '@ringback/domain/ticket';
import {
  fieldProblem,
  ListQuery,
  Problem,
  pageByKey,
  pageOf,
  problemResponses,
  type ServiceContext,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { calendarParams, resolveCalendar } from './resolve-calendar.ts';

const CalendarSummary = z
  .object({
    id: z.string().meta({ description: '`catalog.calendar`', example: 'cat-levels.working' }),
    timeZone: z.string().meta({ description: 'IANA', example: 'Europe/London' }),
    hours: CatalogCalendar.shape.hours,
    holidays: z
      .object({
        region: z.string().meta({ example: 'GB-ENG' }),
        source: z.string().meta({ description: 'The library and its version', example: holidayLibrary }),
      })
      .nullable(),
  })
  .meta({ id: 'CalendarSummary' });
const CalendarListing = CalendarSummary.extend({
  from: Instant,
  to: Instant.meta({ description: 'Where the listing ends' }),
  next: Instant.nullable().meta({
    description:
      'Where the listing goes on: ask again with it as `from`. Null: it has all that was asked for',
  }),
  intervals: z
    .array(
      z.object({
        from: Instant,
        to: Instant,
        reason: z.string().nullable().meta({ description: 'Of the exception that opens it' }),
      }),
    )
    .meta({ description: 'Every open interval' }),
  closed: z
    .array(
      z.object({
        date: z.iso.date(),
        kind: z.enum(['weekday', 'holiday', 'exception']),
        reason: z.string().nullable(),
      }),
    )
    .meta({ description: 'The local dates on which nothing opens, and why' }),
});
const bound = z.union([z.iso.date(), Instant]);
const defaultDays = 28;
/** A listing that has more ends with the week in which it came to have them. */
const mostIntervals = 2_000;
const mostMilliseconds = 1_100 * 86_400_000;

/** The calendars as they are in force: when they are open, and why not. */
export function calendarRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { directory, clock } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'tickets:read' as const };
  const tags = ['catalogs and calendars'];

  routes.get(
    '/calendars',
    {
      config,
      schema: {
        tags,
        operationId: 'listCalendars',
        summary: 'List calendars',
        querystring: ListQuery,
        response: { 200: pageOf(CalendarSummary), ...problemResponses() },
      },
    },
    (request) => {
      const summaries = directory
        .catalogs()
        .flatMap(({ id, content }) => Object.keys(content.calendars).map((name) => summarise(id, name)));
      return pageByKey(request, summaries, ({ id }) => id);
    },
  );
  routes.get(
    '/calendars/:id',
    {
      config,
      schema: {
        tags,
        operationId: 'getCalendar',
        summary: 'Read when a calendar is open',
        description:
          'Every open interval between two instants, and why the days that have none are closed. A listing of more ' +
          `than about ${mostIntervals.toLocaleString('en')} intervals ends early, with \`next\`.`,
        params: calendarParams,
        querystring: z.strictObject({
          from: bound.optional().meta({ description: 'An instant, or a local date; default today' }),
          to: bound.optional().meta({
            description: 'An instant (exclusive), or a local date (inclusive); default four weeks later',
          }),
        }),
        response: { 200: CalendarListing, ...problemResponses('calendar-not-found') },
      },
    },
    ({ params: { id }, query }) => {
      const [catalogId = '', name = ''] = resolveCalendar(id, context).split('/');
      const catalog = directory.catalog(catalogId);
      if (catalog === null) throw new Problem('calendar-not-found');
      const exceptions = directory
        .calendarExceptions(catalogId)
        .filter(({ calendar, removedAt }) => calendar === `${catalogId}/${name}` && removedAt === null)
        .map((exception) => ({ ...exception, calendar: name }));
      const calendar = catalogCalendar(catalog.content, name, exceptions);
      const instantOf = (text: string, days: number) =>
        /^\d{4}-\d{2}-\d{2}$/.test(text) ? beginOfDate(calendar, text, days) : Date.parse(text);
      const today = calendar.days.beginOf(calendar.days.dayOf(clock.now()));
      const from = query.from === undefined ? today : instantOf(query.from, 0);
      const to =
        query.to === undefined
          ? calendar.days.beginOf(calendar.days.dayOf(from) + defaultDays)
          : instantOf(query.to, 1);
      checkRange(from, to);
      const { intervals, closed, to: listedTo } = listCalendar(calendar, from, to, mostIntervals);
      return {
        ...summarise(catalogId, name),
        from: toInstant(from),
        to: toInstant(listedTo),
        next: listedTo < to ? toInstant(listedTo) : null,
        intervals: intervals.map(({ reason, ...interval }) => ({
          from: toInstant(interval.from),
          to: toInstant(interval.to),
          reason,
        })),
        closed,
      };
    },
  );

  function summarise(catalog: string, name: string): z.input<typeof CalendarSummary> {
    const content = directory.catalog(catalog)?.content;
    const calendar = content?.calendars[name];
    if (content === undefined || calendar === undefined) throw new Problem('calendar-not-found');
    const region = calendar.holidays === false ? undefined : content.holidays;
    return {
      id: `${catalog}.${name}`,
      timeZone: content.timeZone,
      hours: calendar.hours,
      holidays: region === undefined ? null : { region, source: holidayLibrary },
    };
  }
}

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(2200, 0, 1);

function checkRange(from: number, to: number): void {
  const refuse = (pointer: string, detail: string) => {
    throw fieldProblem(pointer, detail);
  };
  if (from < earliest || from > latest) refuse('/query/from', 'must lie between 1900 and 2200');
  if (to > latest) refuse('/query/to', 'must lie between 1900 and 2200');
  if (to <= from) refuse('/query/to', 'must be after `from`');
  if (to - from > mostMilliseconds) refuse('/query/to', 'must be at most three years after `from`');
}
