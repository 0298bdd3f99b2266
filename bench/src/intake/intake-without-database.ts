import { randomUUID } from 'node:crypto';
import { representTicket } from '@ringback/api/ticket';
import { decideOpening, evolve, OpenTicket, type TicketEvent } from '@ringback/domain/ticket';
import Fastify from 'fastify';
import { validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod';

const app = Fastify().withTypeProvider<ZodTypeProvider>();
app.setValidatorCompiler(validatorCompiler);
app.setSerializerCompiler(() => JSON.stringify);
app.get('/health/ready', () => ({ status: 'ready' }));
app.post('/v1/tickets', { schema: { body: OpenTicket } }, async ({ body, headers }, reply) => {
  if (headers.authorization === undefined) return reply.status(401).send();
  const now = new Date().toISOString();
  const decision = decideOpening(
    {
      reference: 'RB-0000-0000',
      customerId: body.customerId ?? null,
      candidateCustomerIds: [],
      contactId: null,
      coverage: { contractId: null, standing: 'none', plan: null, chargeable: true },
      priority: null,
      defaultPriority: 'normal',
      priorities: ['normal'],
      channel: body.channel,
      subject: body.subject,
      description: body.description ?? null,
      caller: null,
      email: null,
      call: null,
      refersToTicketId: null,
      occurredAt: null,
    },
    now,
  );
  if (decision.kind === 'refused') return reply.status(422).send();
  const id = randomUUID();
  const event = {
    ...decision.events[0],
    id,
    ticketId: id,
    version: 1,
    position: 1,
    occurredAt: now,
    recordedAt: now,
  };
  return reply.status(201).send(representTicket(evolve(null, event as TicketEvent)));
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.once('SIGTERM', () => void app.close());
