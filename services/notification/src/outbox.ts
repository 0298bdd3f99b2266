import type { Administration } from '@ringback/administration';
import {
  asTicketEvent,
  foldTicket,
  type Ticket,
  type TicketEvent,
  toCloudEvent,
} from '@ringback/domain/ticket';
import type { EventLog, RecordedEvent, Subscription } from '@ringback/event-log';
import type { PoolClient } from 'pg';
import { type Recipient, recipientsOf } from './recipients.ts';

const administrationWaitMilliseconds = 5_000;

export interface OutboxOptions {
  log: EventLog;
  administration: Administration;
  /** Something is there to be sent. */
  onQueued(): void;
}

/** The subscription that turns events into notifications, in one transaction with its checkpoint. */
export function createOutbox({ log, administration, onQueued }: OutboxOptions): Subscription {
  return log.subscribe({
    name: 'notification.outbox',
    schema: 'notification',
    category: 'ticket',
    batchSize: 500,
    onCommitted: onQueued,
    async handle(events, transaction) {
      const last = events[events.length - 1] as RecordedEvent;
      await administration.whenProcessed(last.position, administrationWaitMilliseconds);
      if (administration.subscriptions().length === 0 && administration.onCall().length === 0) return;
      const typed = events.map(asTicketEvent);
      const wanted = typed.filter(isWantedBySomebody(administration));
      const histories = await log.readStreams('ticket', [...new Set(wanted.map(({ ticketId }) => ticketId))]);
      for (const event of wanted) {
        const history = (histories.get(event.ticketId) ?? []).map(asTicketEvent);
        const ticket = foldTicket(history.filter(({ version }) => version <= event.version));
        if (ticket !== null) await queue(event, ticket, administration, transaction);
      }
    },
  });
}

/** Most events interest nobody: their tickets need not be read. */
function isWantedBySomebody(administration: Administration): (event: TicketEvent) => boolean {
  const types = new Set(['SlaBreachRetracted', 'TicketOpened']);
  for (const { eventTypes } of administration.subscriptions()) {
    for (const type of eventTypes.length === 0 ? ['SlaTargetMissed', 'SlaBreached'] : eventTypes)
      types.add(type);
  }
  return ({ type }) => types.has(type);
}

async function queue(
  event: TicketEvent,
  ticket: Ticket,
  administration: Administration,
  transaction: PoolClient,
): Promise<void> {
  const recipients =
    event.type === 'SlaBreachRetracted'
      ? await retractFrom(event, ticket, administration, transaction)
      : recipientsOf(event, ticket, administration);
  if (recipients.length === 0) return;
  const { reference, subject, customerId, priority, coverage } = ticket;
  const plan = coverage.plan === null ? null : `${coverage.plan.catalog}/${coverage.plan.plan}`;
  const payload = toCloudEvent(event, { reference, subject, customerId, priority, plan });
  await transaction.query(
    `insert into notification.notifications (subscription_id, channel, target, secret, event_id, event_type, ticket_id,
       position, payload)
     select r.subscription_id, r.channel, r.target, r.secret, $5, $6, $7, $8, $9
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as r (subscription_id, channel, target, secret)
     on conflict (subscription_id, channel, event_id) do nothing`,
    [
      recipients.map(({ subscriptionId }) => subscriptionId),
      recipients.map(({ channel }) => channel),
      recipients.map(({ target }) => target),
      recipients.map(({ secret }) => secret),
      event.id,
      event.type,
      event.ticketId,
      event.position,
      JSON.stringify(payload),
    ],
  );
}

/**
 * Whoever was told of the breach is told that it is taken back; a breach that has not been sent yet is superseded, and
 * neither is sent. Subscriptions that ask for retractions by name hear of every one.
 */
async function retractFrom(
  event: TicketEvent & { type: 'SlaBreachRetracted' },
  ticket: Ticket,
  administration: Administration,
  transaction: PoolClient,
): Promise<Recipient[]> {
  const { objective, occurrence, breachedAt } = event.data;
  const { rows } = await transaction.query<{
    subscription_id: string;
    channel: Recipient['channel'];
    target: string;
    secret: string | null;
    superseded: boolean;
  }>(
    `with told as (
       select * from notification.notifications where ticket_id = $1 and event_type = 'SlaBreached'
         and payload->'data'->>'objective' = $2 and (payload->'data'->>'occurrence')::int = $3
         and payload->'data'->>'breachedAt' = $4
       for update
     ), superseded as (
       update notification.notifications n set state = 'superseded', detail = 'the breach was taken back before it was sent'
       from told where n.id = told.id and told.state = 'pending' and told.attempts = 0 and told.leased_until is null
       returning n.id
     )
     select t.subscription_id, t.channel, t.target, t.secret, s.id is not null as superseded
     from told t left join superseded s on s.id = t.id`,
    [event.ticketId, objective, occurrence, breachedAt],
  );
  const told = rows.map((row) => ({ ...row, key: `${row.subscription_id} ${row.channel}` }));
  const silenced = new Set(told.filter(({ superseded }) => superseded).map(({ key }) => key));
  const recipients = new Map(
    told
      .filter(({ superseded }) => !superseded)
      .map(({ key, subscription_id, channel, target, secret }) => [
        key,
        { subscriptionId: subscription_id, channel, target, secret },
      ]),
  );
  const named = new Set(
    administration
      .subscriptions()
      .flatMap(({ id, eventTypes }) => (eventTypes.includes(event.type) ? [id] : [])),
  );
  for (const recipient of recipientsOf(event, ticket, administration)) {
    const key = `${recipient.subscriptionId} ${recipient.channel}`;
    if (named.has(recipient.subscriptionId) && !silenced.has(key)) recipients.set(key, recipient);
  }
  return [...recipients.values()];
}
