import { TicketRepresentation, ticketForCustomer } from '@ringback/api/ticket';
import { parsePhoneNumber } from '@ringback/domain/phone';
import {
  type Caller,
  type CommandName,
  commandNames,
  commandSchemas,
  OpenTicket,
  type TicketCommand,
} from '@ringback/domain/ticket';
import type { Command } from '@ringback/event-log';
import {
  commandOf,
  fieldProblem,
  ifMatch,
  metadataOf,
  Problem,
  type ProblemCode,
  problemBody,
  problemResponses,
  type ServiceContext,
  setVersion,
} from '@ringback/service-kit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { openTicket } from '../open-ticket/open-ticket.ts';
import type { OpeningRequest } from '../open-ticket/opening-request.ts';
import type { ReferenceNumbers } from '../open-ticket/reference-numbers.ts';
import { commandTicket, representAt } from './command-ticket.ts';
import { createTicketQueue } from './ticket-queue.ts';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** What a customer's own key may ask for; it always speaks as the customer. */
const customerCommands: ReadonlySet<CommandName> = new Set(['reply', 'reopen', 'close']);

/** What a generated client calls each command. */
const operationIds: { readonly [N in CommandName]: string } = {
  acknowledge: 'acknowledgeTicket',
  assign: 'assignTicket',
  reply: 'replyToTicket',
  note: 'addNote',
  'set-priority': 'setTicketPriority',
  hold: 'holdTicket',
  release: 'releaseTicket',
  'mark-out-of-scope': 'markTicketOutOfScope',
  'identify-customer': 'identifyCustomer',
  'start-intervention': 'startIntervention',
  'determine-equipment-fault': 'determineEquipmentFault',
  'dispatch-replacement': 'dispatchReplacement',
  'replacement-delivered': 'confirmReplacementDelivered',
  'determine-on-site-visit': 'determineOnSiteVisit',
  'engineer-arrived': 'confirmEngineerArrived',
  restore: 'restoreService',
  resolve: 'resolveTicket',
  reopen: 'reopenTicket',
  close: 'closeTicket',
  decline: 'declineTicket',
  'log-work': 'logWork',
  'agree-turnaround': 'agreeTurnaround',
};

const headers = z.looseObject({
  'idempotency-key': z
    .string()
    .optional()
    .meta({ description: 'Makes the request repeatable for seven days: the first answer comes again' }),
});
const commandHeaders = headers.extend({
  'if-match': z
    .string()
    .optional()
    .meta({ description: 'The ticket’s ETag: refused with 412 when it has changed', example: '"3"' }),
});

/** Opening tickets, and every command on them. */
export function ticketRoutes(
  app: FastifyInstance,
  context: ServiceContext,
  references: ReferenceNumbers,
): void {
  const { log, directory, clock } = context;
  const options = { log, directory, references, now: clock.now };
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const ticketQueue = createTicketQueue();

  routes.post(
    '/tickets',
    {
      config: { scope: 'tickets:write' },
      schema: {
        tags: ['tickets'],
        operationId: 'openTicket',
        summary: 'Open a ticket',
        description:
          'Under the contract of the customer that is named, or that the number or address leads to. The contract’s ' +
          'promises start their clocks.',
        headers,
        body: OpenTicket,
        response: {
          201: TicketRepresentation,
          ...problemResponses('malformed-request', 'idempotency-key-reused'),
        },
      },
    },
    async (request, reply) => {
      const { customerId } = request.identity;
      const body = customerId === null ? request.body : ownTicket(request.body, customerId);
      const { outcome, ticket } = await openTicket(openingOf(body), options, {
        command: commandOf(request),
        metadata: metadataOf(request),
        customerId,
        unattended: null,
      });
      const id = outcome.streams[0]?.stream.id ?? '';
      const answer = ticket ?? (await representAt(log, id, outcome.streams[0]?.version));
      setVersion(reply, answer.version, answer.position);
      reply.status(201).header('location', `/v1/tickets/${id}`);
      return ticketForCustomer(answer, customerId);
    },
  );

  for (const name of commandNames) {
    routes.post(
      `/tickets/:ticket/${name}`,
      {
        config: { scope: 'tickets:write' },
        schema: {
          tags: ['commands'],
          operationId: operationIds[name],
          summary: title(name),
          description: z.globalRegistry.get(commandSchemas[name])?.description ?? title(name),
          headers: commandHeaders,
          params: z.object({
            ticket: z.string().max(100).meta({ description: 'Its id or reference number' }),
          }),
          body: commandSchemas[name],
          response: {
            200: TicketRepresentation,
            ...problemResponses(
              'ticket-not-found',
              'state-conflict',
              'version-mismatch',
              'idempotency-key-reused',
            ),
          },
        },
        // A command without particulars needs no body.
        preValidation: (request, _reply, done) => {
          if (request.body === undefined) request.body = {};
          done();
        },
      },
      async (request, reply) => {
        const { ticket } = request.params as { ticket: string };
        const { customerId } = request.identity;
        const command = asCustomer(request, { name, body: request.body } as TicketCommand);
        const idempotency = commandOf(request);
        const known = idempotency === undefined ? null : await repeatOf(idempotency, context);
        if (known !== null) return ticketForCustomer(await known(reply), customerId);
        const id = uuid.test(ticket) ? ticket.toLowerCase() : references.idOf(ticket);
        if (id === null) throw new Problem('ticket-not-found');
        try {
          const asked = {
            id,
            command,
            expectedVersions: ifMatch(request),
            customerId,
            idempotency,
            metadata: metadataOf(request),
          };
          // A shared queue would make a customer wait for commands on a ticket that it may not see.
          const key = customerId === null ? id : `${id} ${customerId}`;
          const answer = await ticketQueue.run(key, () => commandTicket(asked, options));
          setVersion(reply, answer.version, answer.position);
          return ticketForCustomer(answer, customerId);
        } catch (error) {
          if (idempotency !== undefined && error instanceof Problem)
            await rememberRefusal(error, idempotency, request, context);
          throw error;
        }
      },
    );
  }
}

/** What a request with this Idempotency-Key was answered the first time. */
async function repeatOf(
  { id, fingerprint }: Command,
  { log }: ServiceContext,
): Promise<((reply: FastifyReply) => Promise<TicketRepresentation>) | null> {
  const known = await log.findCommand(id);
  if (known === null) return null;
  if (known.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused');
  const { result, streams } = known.outcome;
  return async (reply) => {
    if (result !== null && typeof result.problem === 'string') {
      throw new Problem(
        result.problem as ProblemCode,
        result.options as ConstructorParameters<typeof Problem>[1],
      );
    }
    const answer = await representAt(log, streams[0]?.stream.id ?? '', streams[0]?.version);
    setVersion(reply, answer.version, answer.position);
    return answer;
  };
}

/** A refusal is an answer too: the same key gets it again, whatever the ticket has become. */
async function rememberRefusal(
  problem: Problem,
  command: Command,
  request: FastifyRequest,
  { log }: ServiceContext,
): Promise<void> {
  if (problem.status !== 409 && problem.status !== 412) return;
  const result = { problem: problem.code, options: problem.options, body: problemBody(problem, request.url) };
  await log.append({ appends: [], command: { ...command, result }, metadata: metadataOf(request) });
}

/** Evidence of the past moves clocks that were judged already: only staff records it. Throws `validation-failed`. */
function refuseDating({ occurredAt }: { occurredAt?: string | undefined }): void {
  if (occurredAt === undefined) return;
  const detail =
    'is for staff: a customer’s key cannot date what it does. Leave it out: what you do counts from now';
  throw fieldProblem('/body/occurredAt', detail);
}

/** A body as the door takes it. Throws `validation-failed` for a number that cannot be called. */
function openingOf({ phone, ...body }: OpenTicket): OpeningRequest {
  return {
    customerId: body.customerId ?? null,
    contactId: body.contactId ?? null,
    contractId: body.contractId ?? null,
    priority: body.priority ?? null,
    channel: body.channel,
    subject: body.subject,
    description: body.description ?? null,
    caller: phone === undefined ? null : readCaller(phone),
    email: body.email ?? null,
    call: null,
    refersToTicketId: body.refersToTicketId ?? null,
    occurredAt: body.occurredAt ?? null,
  };
}

function readCaller(phone: string): Caller {
  const parsed = parsePhoneNumber(phone, null);
  if (parsed.e164 === null && !parsed.anonymous) {
    throw fieldProblem(
      '/body/phone',
      'is not a number that can be called: write it internationally, such as +44 20 7946 0000',
    );
  }
  return { ...parsed, name: null };
}

function ownTicket(body: OpenTicket, customerId: string): OpenTicket {
  if (body.customerId !== undefined && body.customerId !== customerId) {
    throw new Problem('forbidden', { detail: 'This key opens tickets of its own customer only.' });
  }
  refuseDating(body);
  return { ...body, customerId };
}

function asCustomer({ identity }: FastifyRequest, command: TicketCommand): TicketCommand {
  if (identity.customerId === null) return command;
  if (!customerCommands.has(command.name)) {
    throw new Problem('forbidden', { detail: `A customer’s key may not ${command.name}.` });
  }
  refuseDating(command.body);
  return command.name === 'reply' ? { ...command, body: { ...command.body, from: 'customer' } } : command;
}

function title(name: CommandName): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
