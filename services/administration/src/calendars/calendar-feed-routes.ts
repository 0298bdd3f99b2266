import { CalendarFeedRequest } from '@ringback/domain/administration';
import { Instant } from '@ringback/domain/ticket';
import {
  changeDefinition,
  Problem,
  problemResponses,
  type ServiceContext,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { CalendarFeeds } from './feeds/calendar-feeds.ts';
import { calendarParams as params, resolveCalendar } from './resolve-calendar.ts';

const Feed = z
  .object({
    calendar: z.string(),
    url: z.string(),
    readAt: Instant.nullable(),
    succeededAt: Instant.nullable(),
    detail: z.string().nullable().meta({ description: 'Why the last reading failed' }),
    added: z.int().meta({ description: 'Exceptions that the last reading added or changed' }),
    removed: z.int(),
  })
  .meta({ id: 'CalendarFeed' });

/** iCalendar feeds: a calendar's closures kept elsewhere. */
export function calendarFeedRoutes(
  app: FastifyInstance,
  context: ServiceContext,
  feeds: CalendarFeeds,
): void {
  const { directory } = context;
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const config = { scope: 'administration' as const };
  const tags = ['catalogs and calendars'];
  const find = (calendar: string) => directory.calendarFeeds().find(({ id }) => id === calendar) ?? null;

  routes.put(
    '/calendars/:id/feed',
    {
      config,
      schema: {
        tags,
        operationId: 'followCalendarFeed',
        summary: 'Let a calendar follow a feed',
        description:
          'iCalendar (RFC 5545): events of whole days close them, events with times take their time out of the ' +
          'ordinary hours. Read at once and then hourly; an exception that was added here goes before the feed’s.',
        params,
        body: CalendarFeedRequest,
        response: { 200: Feed, ...problemResponses('calendar-not-found', 'version-mismatch', 'conflict') },
      },
    },
    async (request, reply) => {
      const calendar = resolveCalendar(request.params.id, context);
      const { url } = request.body;
      const version = await changeDefinition(request, context, {
        kind: 'calendar',
        id: calendar,
        type: 'CalendarFeedDefined',
        data: { calendar, url },
        present: find(calendar),
      });
      setVersion(reply, version);
      return { calendar, url, ...(await feeds.read(calendar)) };
    },
  );
  routes.get(
    '/calendars/:id/feed',
    {
      config,
      schema: {
        tags,
        operationId: 'getCalendarFeed',
        summary: 'Read a calendar’s feed',
        params,
        response: { 200: Feed, ...problemResponses('calendar-not-found', 'not-found') },
      },
    },
    async (request) => {
      const calendar = resolveCalendar(request.params.id, context);
      const feed = find(calendar);
      if (feed === null) throw new Problem('not-found');
      const unread = { readAt: null, succeededAt: null, detail: null, added: 0, removed: 0 };
      return { calendar, url: feed.url, ...((await feeds.status(calendar)) ?? unread) };
    },
  );
  routes.post(
    '/calendars/:id/feed/read',
    {
      config,
      schema: {
        tags,
        operationId: 'readCalendarFeed',
        summary: 'Read a feed now',
        params,
        response: { 200: Feed, ...problemResponses('calendar-not-found', 'not-found') },
      },
    },
    async (request) => {
      const calendar = resolveCalendar(request.params.id, context);
      const feed = find(calendar);
      if (feed === null) throw new Problem('not-found');
      return { calendar, url: feed.url, ...(await feeds.read(calendar)) };
    },
  );
  routes.delete(
    '/calendars/:id/feed',
    {
      config,
      schema: {
        tags,
        operationId: 'unfollowCalendarFeed',
        summary: 'Let a calendar follow no feed',
        description: 'The exceptions that it brought stay.',
        params,
        response: { 204: z.null(), ...problemResponses('calendar-not-found', 'not-found') },
      },
    },
    async (request, reply) => {
      const calendar = resolveCalendar(request.params.id, context);
      if (find(calendar) === null) throw new Problem('not-found');
      await changeDefinition(request, context, {
        kind: 'calendar',
        id: calendar,
        type: 'CalendarFeedRemoved',
        data: { calendar },
        present: null,
      });
      await feeds.forget(calendar);
      return reply.status(204).send(null);
    },
  );
}
