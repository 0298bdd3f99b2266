import { createHash } from 'node:crypto';
import type { Defined } from '@ringback/directory';
import type { Integration } from '@ringback/domain/administration';
import { type Call, type CallEvent, parsePhoneNumber, takeCallEvent } from '@ringback/domain/phone';
import {
  asTicketEvent,
  type Caller,
  type CallReference,
  eventTraits,
  foldTicket,
  type NewTicketEvent,
  newTicketEvent,
  type Ticket,
  type TicketEvent,
} from '@ringback/domain/ticket';
import { VersionConflict } from '@ringback/event-log';
import type { ServiceContext } from '@ringback/service-kit';
import type { PoolClient } from 'pg';
import { openTicket } from '../../open-ticket/open-ticket.ts';
import type { ReferenceNumbers } from '../../open-ticket/reference-numbers.ts';
import { findRecentTickets, lockCall, saveCall } from './call-store.ts';

export interface CallHandling {
  context: ServiceContext;
  references: ReferenceNumbers;
  integration: Defined<Integration>;
}

const maximumTries = 10;
const longestCommandId = 400;
/** A phone system may send anything as a number. */
const longestSubject = 200;

/**
 * Takes a call event in and does what follows for tickets. May be repeated at any point: each effect is a command of
 * its own, known to the log by the call it belongs to, so that it happens once whatever is sent or killed in between.
 */
export async function handleCallEvent(
  event: CallEvent,
  receivedAt: string,
  handling: CallHandling,
  transaction: PoolClient,
): Promise<void> {
  const { integration } = handling;
  const at = event.occurredAt ?? receivedAt;
  const remote = event.direction === 'in' ? event.from : event.to;
  const caller = readCaller(remote, integration);
  const stored = await lockCall(transaction, integration.id, event.callId, caller.e164);
  const { call, effects } = takeCallEvent(stored?.call ?? null, event, at);
  let ticketId = stored?.ticketId ?? null;
  if (effects.includes('attach')) ticketId = await attach(call, at, caller, handling, transaction);
  if (effects.includes('answered')) {
    ticketId ??= await ticketToAnswer(call, caller, handling, transaction);
    if (ticketId !== null) await tell(ticketId, call, 'answered', at, handling);
  }
  if (effects.includes('ended') && ticketId !== null) await tell(ticketId, call, 'ended', at, handling);
  await saveCall(transaction, integration.id, { call, ticketId, callerE164: caller.e164 });
}

/** Opens a ticket for an inbound call, or links it to the one that the same caller waits on. */
async function attach(
  call: Call,
  at: string,
  caller: Caller,
  handling: CallHandling,
  transaction: PoolClient,
): Promise<string> {
  const { context, references, integration } = handling;
  const { log, directory, clock } = context;
  const commandId = commandIdOf(integration.id, call.callId, 'attach');
  // After a crash in between: what was done then decides, not what would be decided now.
  const done = await log.findCommand(commandId);
  if (done !== null) return done.outcome.streams[0]?.stream.id ?? '';
  const waiting = await waitingTicket(call, caller, handling, transaction);
  const command = { id: commandId, fingerprint: 'attach' };
  const metadata = { actor: `integration:${integration.id}` };
  const reference = callReference(call, integration);
  if (waiting !== null) {
    const linked = newTicketEvent(
      'CallLinked',
      { call: reference, from: caller, to: call.to, outcome: null },
      at,
    );
    const stream = { category: 'ticket' as const, id: waiting.id };
    await log.append({ appends: [{ stream, expected: 'any', events: [linked] }], command, metadata });
    return waiting.id;
  }
  const opened = await openTicket(
    {
      customerId: null,
      contactId: null,
      contractId: null,
      priority: integration.priority,
      channel: 'phone',
      subject: `Call from ${caller.e164 ?? caller.raw ?? 'a withheld number'}`.slice(0, longestSubject),
      description: null,
      caller,
      email: null,
      call: reference,
      refersToTicketId: null,
      occurredAt: at,
    },
    { log, directory, references, now: clock.now },
    { command, metadata, customerId: null, unattended: { catalog: integration.catalog } },
  );
  return opened.outcome.streams[0]?.stream.id ?? '';
}

/** The ticket that this conversation, or an earlier unanswered call of the same number, has opened and that still waits. */
async function waitingTicket(
  call: Call,
  caller: Caller,
  { context, integration }: CallHandling,
  transaction: PoolClient,
): Promise<Ticket | null> {
  const ids = await findRecentTickets(transaction, integration.id, caller.e164, call.originCallId);
  for (const { ticketId, sameConversation } of ids) {
    const events = await readEvents(ticketId, context);
    const ticket = foldTicket(events);
    if (ticket === null || ticket.state !== 'open') continue;
    const unanswered =
      ticket.channel === 'phone' && !events.some(({ type }) => eventTraits[type].answersCaller);
    if (sameConversation || unanswered) return ticket;
  }
  return null;
}

/** An answered call that belongs to no ticket yet: a call-back to a number whose ticket is open. */
async function ticketToAnswer(
  call: Call,
  caller: Caller,
  { context, integration }: CallHandling,
  transaction: PoolClient,
): Promise<string | null> {
  for (const { ticketId } of await findRecentTickets(
    transaction,
    integration.id,
    caller.e164,
    call.originCallId,
  )) {
    if ((await readTicket(ticketId, context))?.state === 'open') return ticketId;
  }
  return null;
}

/** Appends a conversation or a call's outcome to its ticket, once. */
async function tell(
  ticketId: string,
  call: Call,
  what: 'answered' | 'ended',
  at: string,
  { context, integration }: CallHandling,
): Promise<void> {
  const { log } = context;
  const command = { id: commandIdOf(integration.id, call.callId, what), fingerprint: what };
  const reference = callReference(call, integration);
  for (let attempt = 0; attempt < maximumTries; attempt += 1) {
    const ticket = await readTicket(ticketId, context);
    if (ticket === null) return;
    const occurredAt = at < ticket.openedAt ? ticket.openedAt : at;
    const isOver = ticket.state === 'closed' || ticket.state === 'declined';
    const events: NewTicketEvent[] = [];
    if (what === 'answered' && !isOver)
      events.push(
        newTicketEvent('AgentReplied', { channel: 'phone', text: null, call: reference }, occurredAt),
      );
    // An answer that is heard of after the end corrects what the ticket was told of it.
    if (what === 'ended' || isOver || call.endedAt !== null) {
      const outcome = call.outcome ?? what;
      events.push(
        newTicketEvent('CallLinked', { call: reference, from: null, to: call.to, outcome }, occurredAt),
      );
    }
    try {
      const stream = { category: 'ticket' as const, id: ticketId };
      const metadata = { actor: `integration:${integration.id}` };
      await log.append({ appends: [{ stream, expected: ticket.version, events }], command, metadata });
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  throw new Error('the ticket changed repeatedly while a call was told to it');
}

async function readTicket(id: string, context: ServiceContext): Promise<Ticket | null> {
  return foldTicket(await readEvents(id, context));
}

async function readEvents(id: string, { log }: ServiceContext): Promise<TicketEvent[]> {
  return (await log.readStream({ category: 'ticket', id })).map(asTicketEvent);
}

function readCaller(raw: string | null, { defaultCountry }: Integration): Caller {
  return { ...parsePhoneNumber(raw, defaultCountry, { omitsPlus: true }), name: null };
}

function callReference({ callId, direction }: Call, { id }: Defined<Integration>): CallReference {
  return { integrationId: id, callId, direction };
}

/** A long id is represented by its digest: cut off, two calls could become one command. */
function commandIdOf(integrationId: string, callId: string, what: string): string {
  const id = `call/${integrationId}/${callId}/${what}`;
  if (id.length <= longestCommandId) return id;
  return `call/${integrationId}/${createHash('sha256').update(callId).digest('hex')}/${what}`;
}
