import {
  CalendarExceptionRequest,
  decideException,
  toCalendarException,
} from '@ringback/domain/administration';
import { Window } from '@ringback/domain/catalog';
import {
  changeDefinition,
  fieldProblem,
  ListQuery,
  Problem,
  pageByKey,
  pageOf,
  problemResponses,
  type ServiceContext,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { calendarParams as params, resolveCalendar } from './resolve-calendar.ts';

const Exception = z
  .object({
    calendar: z.string().meta({ example: 'cat-levels.working' }),
    date: z.iso.date(),
    hours: z.array(Window),
    reason: z.string(),
    source: z.enum(['api', 'feed']).meta({ description: 'Who keeps it' }),
    addedAt: z.iso.datetime(),
  })
  .meta({ id: 'CalendarException' });

/** More than five years of days; a feed brings three at most. */
const mostExceptions = 2_000;

/** Dated exceptions of a catalog's calendars: an office shutdown, a half-day. */
export function calendarExceptionRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { directory } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'administration' as const };
  const tags = ['catalogs and calendars'];

  const exceptionsOf = (calendar: string) =>
    directory
      .calendarExceptions(calendar.split('/')[0] ?? '')
      .filter((exception) => exception.calendar === calendar && exception.removedAt === null)
      .map(({ date, hours, reason, source, addedAt }) => ({
        ...{
          calendar: calendar.replace('/', '.'),
          date,
          hours,
          reason,
          addedAt,
        },
        source: source ?? ('api' as const),
      }));

  routes.post(
    '/calendars/:id/exceptions',
    {
      config,
      schema: {
        tags,
        operationId: 'addCalendarException',
        summary: 'Add a calendar exception',
        description:
          'Replaces the whole date, holiday or not; no hours close it. Open clocks that it touches are re-planned. ' +
          `A calendar has at most ${mostExceptions.toLocaleString('en')}.`,
        params,
        body: CalendarExceptionRequest,
        response: {
          201: Exception,
          ...problemResponses(
            'calendar-not-found',
            'already-exists',
            'idempotency-key-reused',
            'version-mismatch',
          ),
        },
      },
    },
    async (request, reply) => {
      const calendar = resolveCalendar(request.params.id, context);
      const data = toCalendarException(calendar, request.body);
      // What somebody adds goes before what a feed says of the same date.
      const present = exceptionsOf(calendar);
      const decision = decideException(
        present.filter(({ source }) => source === 'api'),
        data,
      );
      if (decision === 'conflict') {
        throw new Problem('already-exists', {
          detail: `There is an exception for ${data.date} already: remove it first.`,
        });
      }
      if (decision === 'add' && present.length >= mostExceptions) {
        const detail = `the calendar has ${mostExceptions} exceptions, the most that it can have: remove old ones`;
        throw fieldProblem('/body/date', detail);
      }
      if (decision === 'add') {
        const change = {
          kind: 'calendar' as const,
          id: calendar,
          type: 'CalendarExceptionAdded' as const,
          data,
          present: null,
        };
        setVersion(reply, await changeDefinition(request, context, change));
      }
      reply.status(201);
      const exception = exceptionsOf(calendar).find(({ date }) => date === data.date);
      if (exception === undefined) throw new Problem('unavailable', { headers: { 'retry-after': '1' } });
      return exception;
    },
  );
  routes.get(
    '/calendars/:id/exceptions',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags,
        operationId: 'listCalendarExceptions',
        summary: 'List calendar exceptions',
        params,
        description: 'By date.',
        querystring: ListQuery,
        response: { 200: pageOf(Exception), ...problemResponses('calendar-not-found') },
      },
    },
    (request) =>
      pageByKey(request, exceptionsOf(resolveCalendar(request.params.id, context)), ({ date }) => date),
  );
  routes.delete(
    '/calendars/:id/exceptions/:date',
    {
      config,
      schema: {
        tags,
        operationId: 'removeCalendarException',
        summary: 'Take a calendar exception back',
        params: params.extend({ date: z.iso.date() }),
        response: { 204: z.null(), ...problemResponses('calendar-not-found', 'not-found') },
      },
    },
    async (request, reply) => {
      const calendar = resolveCalendar(request.params.id, context);
      const { date } = request.params;
      if (!exceptionsOf(calendar).some((exception) => exception.date === date))
        throw new Problem('not-found');
      await changeDefinition(request, context, {
        kind: 'calendar',
        id: calendar,
        type: 'CalendarExceptionRemoved',
        data: { calendar, date },
        present: null,
      });
      return reply.status(204).send(null);
    },
  );
}
