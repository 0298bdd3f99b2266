import {
  type Calendar,
  CalendarExceptionRequest,
  decideException,
  toCalendarException,
} from '@ringback/domain/administration';
import { Window } from '@ringback/domain/catalog';
import { Problem, problemResponses, type ServiceContext, setVersion } from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { changeAdministration } from './change.ts';

const Exception = z.object({
  calendar: z.string(),
  date: z.iso.date(),
  hours: z.array(Window),
  reason: z.string(),
  addedAt: z.iso.datetime(),
});
const params = z.object({
  id: z.string().max(200).meta({
    description: '`catalog.calendar`; the calendar alone where only one catalog has it',
    example: 'cat-levels.working',
  }),
});

/** Dated exceptions of a catalog's calendars: an office shutdown, a half-day. */
export function calendarRoutes(app: FastifyInstance, context: ServiceContext): void {
  const { administration } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'administration' as const };
  const tags = ['catalogs and calendars'];

  const exceptionsOf = (calendar: string) =>
    administration
      .calendarExceptions(calendar.split('/')[0] ?? '')
      .filter((exception) => exception.calendar === calendar && exception.removedAt === null)
      .map(({ date, hours, reason, addedAt }) => ({ calendar, date, hours, reason, addedAt }));

  routes.post(
    '/calendars/:id/exceptions',
    {
      config,
      schema: {
        tags,
        summary: 'Add a calendar exception',
        description:
          'Replaces the whole date, holiday or not; no hours close it. Open clocks that it touches are planned anew.',
        params,
        body: CalendarExceptionRequest,
        response: {
          201: Exception,
          ...problemResponses('calendar-not-found', 'already-exists', 'idempotency-key-reused'),
        },
      },
    },
    async (request, reply) => {
      const calendar = resolveCalendar(request.params.id, context);
      const data = toCalendarException(calendar, request.body);
      const present: Calendar = { exceptions: exceptionsOf(calendar) };
      const decision = decideException(present, data);
      if (decision === 'conflict') {
        throw new Problem('already-exists', {
          detail: `There is an exception for ${data.date} already: remove it first.`,
        });
      }
      if (decision === 'add') {
        const change = {
          kind: 'calendar' as const,
          id: calendar,
          type: 'CalendarExceptionAdded' as const,
          data,
          present: null,
        };
        setVersion(reply, await changeAdministration(request, context, change));
      }
      reply.status(201);
      const added = exceptionsOf(calendar).find(({ date }) => date === data.date);
      if (added === undefined) throw new Problem('unavailable', { headers: { 'retry-after': '1' } });
      return added;
    },
  );
  routes.get(
    '/calendars/:id/exceptions',
    {
      config: { scope: 'tickets:read' },
      schema: {
        tags,
        summary: 'List calendar exceptions',
        params,
        response: { 200: z.object({ items: z.array(Exception) }), ...problemResponses('calendar-not-found') },
      },
    },
    (request) => ({ items: exceptionsOf(resolveCalendar(request.params.id, context)) }),
  );
  routes.delete(
    '/calendars/:id/exceptions/:date',
    {
      config,
      schema: {
        tags,
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
      await changeAdministration(request, context, {
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

/** `catalog.calendar` or `catalog/calendar`, or a calendar that only one catalog has. Answers `catalog/calendar`. */
function resolveCalendar(text: string, { administration }: ServiceContext): string {
  const [first = '', second] = text.split(/[./]/);
  const candidates = administration
    .catalogs()
    .filter(({ id, content }) =>
      second === undefined
        ? Object.hasOwn(content.calendars, first)
        : id === first && Object.hasOwn(content.calendars, second),
    )
    .map(({ id }) => `${id}/${second ?? first}`);
  const [only] = candidates;
  if (only === undefined) throw new Problem('calendar-not-found');
  if (candidates.length > 1) {
    throw new Problem('calendar-not-found', {
      detail: `Several catalogs have this calendar: ${candidates.map((each) => each.replace('/', '.')).join(', ')}.`,
    });
  }
  return only;
}
