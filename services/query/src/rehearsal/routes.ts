import { Instant } from '@ringback/domain/ticket';
import {
  askedBy,
  fieldProblem,
  Problem,
  problemBody,
  problemResponses,
  requireStaff,
  toProblem,
} from '@ringback/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import type { QueryContext } from '../context.ts';
import { waitForReadModel } from '../freshness.ts';
import { DraftRequest, readDraft } from './draft.ts';
import { createEventStream } from './event-stream.ts';
import { RehearsalResult, type RehearsedTicket } from './representation.ts';
import { type Rehearsal, runRehearsal } from './run-rehearsal.ts';

/** Tickets that a JSON answer lists at most; an event stream has them all. */
const listedAtMost = 500;
/** A ticket of many updates has thousands of clocks. */
const clocksListedAtMost = 5_000;
const administrationWaitMilliseconds = 1_000;

const RehearsalRequest = z
  .strictObject({
    customerId: z.string().max(200),
    from: Instant.meta({ description: 'Tickets opened then or later' }),
    to: Instant.meta({ description: 'Tickets opened before' }),
    draft: DraftRequest,
    priorities: z
      .record(z.string().max(100), z.string().max(100))
      .refine((mapped) => Object.keys(mapped).length <= 100, 'at most 100 priorities')
      .default({})
      .meta({
        description: 'Recorded priority → the draft’s; one that both know by the same name may be left out',
        maxProperties: 100,
      }),
  })
  .meta({
    example: {
      customerId: 'bakery',
      from: '2026-01-01T00:00:00.000Z',
      to: '2026-04-01T00:00:00.000Z',
      draft: { catalog: { catalog: 'technical-support-centre' }, plan: 'after-hours' },
      priorities: { urgent: 'emergency', important: 'normal' },
    },
  });

/** `POST /v1/rehearsals`: what a plan would have meant for the tickets that there were. */
export function rehearsalRoutes(app: FastifyInstance, context: QueryContext): void {
  const { log, projection, directory, computations, clock, feed } = context;

  const prepare = async (
    request: FastifyRequest,
    body: z.infer<typeof RehearsalRequest>,
  ): Promise<Rehearsal> => {
    const { customerId, from, to, draft, priorities } = body;
    if (Date.parse(from) >= Date.parse(to)) throw fieldProblem('/body/to', 'must lie after "from"');
    const { position } = await log.head();
    await directory.whenProcessed(position, administrationWaitMilliseconds);
    if ((await directory.customer(customerId)) === null) {
      const detail = `there is no customer "${customerId}"`;
      throw new Problem('customer-not-found', { detail, errors: [{ pointer: '/body/customerId', detail }] });
    }
    const read = await readDraft(draft, priorities, {
      directory,
      computations,
      asked: askedBy(request),
    });
    await waitForReadModel(log, projection, request);
    return { customerId, from, to, draft: read, asOf: Math.floor(clock.now()) };
  };

  app.withTypeProvider<ZodTypeProvider>().post(
    '/rehearsals',
    {
      config: { scope: 'tickets:read', isComputation: true },
      onRequest: requireStaff,
      schema: {
        tags: ['attainment'],
        operationId: 'rehearsePlan',
        summary: 'Rehearse a plan on recorded tickets',
        description:
          'Runs a draft plan over the tickets that a customer opened in a period, and shows clocks, breaches and ' +
          'attainment alongside those under the plan in force. Nothing is recorded.\n\n' +
          'The draft is judged as a publication would be, and taken to have been in force ever since each opening, ' +
          'with the exceptions that its calendars have at present. Holds, changes of priority and reopenings count by ' +
          'its rules. Tickets that were opened without cover are judged as covered under the draft.\n\n' +
          `As JSON the answer lists the first ${listedAtMost} tickets by their opening; its figures are of all. With ` +
          '`Accept: text/event-stream` all are streamed: `progress` (`done`, `total`), `ticket` for each, and in the ' +
          'end `result`, the figures. A fault that shows on the way is a `problem` event, and the last.\n\n' +
          'Not for a customer’s own key: a draft may be any catalog, and a run reads every ticket of the period.',
        body: RehearsalRequest,
        response: {
          200: RehearsalResult,
          ...problemResponses(
            'malformed-request',
            'customer-not-found',
            'catalog-invalid',
            'computation-too-large',
            'too-many-computations',
          ),
        },
      },
    },
    async (request, reply) => {
      const signal = endOf(reply, feed.closed);
      const rehearsal = await prepare(request, request.body);
      if (request.headers.accept?.includes('text/event-stream') === true) {
        return await stream(rehearsal, request, reply, signal);
      }
      const items: RehearsedTicket[] = [];
      let clocks = 0;
      const listener = {
        progress: () => {},
        ticket: (ticket: RehearsedTicket) => {
          clocks += ticket.clocks.length;
          if (items.length < listedAtMost && clocks <= clocksListedAtMost) items.push(ticket);
        },
      };
      const summary = await runRehearsal(rehearsal, context, listener, signal);
      return { ...summary, items, omitted: summary.tickets - items.length };
    },
  );

  async function stream(
    rehearsal: Rehearsal,
    request: FastifyRequest,
    reply: FastifyReply,
    signal: AbortSignal,
  ): Promise<void> {
    const events = createEventStream(request, reply, signal);
    const listener = {
      progress: (done: number, total: number) => events.send('progress', { done, total }),
      ticket: (ticket: RehearsedTicket) => events.send('ticket', ticket),
    };
    try {
      await events.send('result', await runRehearsal(rehearsal, context, listener, signal));
    } catch (error) {
      if (!events.isOpen) throw error;
      const problem = toProblem(signal.aborted ? signal.reason : error);
      if (problem.status >= 500 && !signal.aborted) {
        request.log.error({ err: error, requestId: request.id }, 'a rehearsal broke off');
      }
      const body = JSON.stringify(problemBody(problem, request.url));
      if (!reply.raw.destroyed) reply.raw.write(`event: problem\ndata: ${body}\n\n`);
    } finally {
      events.end();
    }
  }
}

/** Aborted when no one waits for the answer any more, or the service ends. */
function endOf({ raw }: FastifyReply, closed: AbortSignal): AbortSignal {
  const ending = new AbortController();
  const end = () =>
    ending.abort(
      new Problem('unavailable', {
        detail: 'The rehearsal was broken off, the service is shutting down.',
        headers: { 'retry-after': '2' },
      }),
    );
  raw.once('close', end);
  raw.once('close', () => closed.removeEventListener('abort', end));
  closed.addEventListener('abort', end, { once: true });
  return ending.signal;
}
