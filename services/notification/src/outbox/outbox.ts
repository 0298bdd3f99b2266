import type { Directory } from '@ringback/directory';
import {
  asTicketEvent,
  foldTicket,
  type Ticket,
  type TicketEvent,
  toCloudEvent,
} from '@ringback/domain/ticket';
import type { EventLog, LogSubscription, RecordedEvent } from '@ringback/event-log';
import type { PoolClient } from 'pg';
import type { Channels } from '../channels/channel.ts';
import { correct, isCorrection } from '../told/correction.ts';
import { retract } from '../told/retraction.ts';
import type { Follower } from '../told/told-alarms.ts';
import { type Definitions, definitionsAt } from './definitions.ts';
import { enqueue } from './enqueue.ts';
import { type Recipient, recipientsOf, wantedTypes } from './recipients.ts';

const batchSize = 500;
const administrationWaitMilliseconds = 1_000;

export interface OutboxOptions {
  log: EventLog;
  directory: Directory;
  channels: Channels;
  /** Something is there to be sent. */
  onQueued(): void;
}

/** The subscription that turns events into notifications, in one transaction with its checkpoint. */
export function createOutbox({ log, directory, channels, onQueued }: OutboxOptions): LogSubscription {
  return log.subscribe({
    name: 'notification.outbox',
    schema: 'notification',
    category: 'ticket',
    batchSize,
    onCommitted: onQueued,
    async handle(events, transaction) {
      const last = events[events.length - 1] as RecordedEvent;
      await knowAdministration(directory, last.position, transaction);
      if (directory.subscriptions().length === 0 && directory.onCall().length === 0) return;
      const wanted = events.map(asTicketEvent).filter(isWantedBySomebody(events, directory));
      const histories = await log.readStreams('ticket', [...new Set(wanted.map(({ ticketId }) => ticketId))]);
      for (const event of wanted) {
        const history = (histories.get(event.ticketId) ?? []).map(asTicketEvent);
        const ticket = foldTicket(history.filter(({ version }) => version <= event.version));
        if (ticket === null) continue;
        const definitions = await definitionsAt(event.position, log, directory);
        await queue(event, ticket, definitions, { directory, channels }, transaction);
      }
    },
  });
}

/**
 * No one who subscribed before the last event may be missing: better late than never. Each round asks the database,
 * so that a connection that is lost meanwhile ends the wait.
 */
async function knowAdministration(
  directory: Directory,
  position: number,
  transaction: PoolClient,
): Promise<void> {
  while (!(await directory.whenProcessed(position, administrationWaitMilliseconds))) {
    await transaction.query('select');
  }
}

/** Most events interest nobody: their tickets need not be read. */
function isWantedBySomebody([first]: RecordedEvent[], directory: Directory): (event: TicketEvent) => boolean {
  const subscriptions = directory.subscriptions();
  // What somebody asked for before it was changed is not known here.
  if (subscriptions.some(({ position }) => position > (first?.position ?? 0))) return () => true;
  const types = new Set(['SlaBreachRetracted', 'TicketOpened', ...subscriptions.flatMap(wantedTypes)]);
  return (event) => types.has(event.type) || isCorrection(event);
}

async function queue(
  event: TicketEvent,
  ticket: Ticket,
  definitions: Definitions,
  { directory, channels }: Pick<OutboxOptions, 'directory' | 'channels'>,
  transaction: PoolClient,
): Promise<void> {
  const interested = recipientsOf(event, ticket, definitions, directory);
  const recipients = await followersOf(event, interested, definitions, transaction);
  if (recipients.length === 0) return;
  const { reference, subject, customerId, priority, coverage } = ticket;
  const plan = coverage.plan === null ? null : `${coverage.plan.catalog}/${coverage.plan.plan}`;
  const payload = toCloudEvent(event, { reference, subject, customerId, priority, plan });
  await enqueue(transaction, event, recipients, payload, channels);
}

/** What takes back or overtakes an alarm goes to those who were told of it, and after it. */
async function followersOf(
  event: TicketEvent,
  interested: Recipient[],
  definitions: Definitions,
  transaction: PoolClient,
): Promise<Follower[]> {
  if (event.type === 'SlaBreachRetracted') return await retract(event, interested, definitions, transaction);
  if (isCorrection(event)) return await correct(event, interested, transaction);
  return interested.map((recipient) => ({ ...recipient, follows: null }));
}
