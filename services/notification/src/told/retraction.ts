import type { TicketEvent } from '@ringback/domain/ticket';
import type { PoolClient } from 'pg';
import type { Definitions } from '../outbox/definitions.ts';
import { type Recipient, wantedTypes } from '../outbox/recipients.ts';
import { type Follower, followAlarms } from './told-alarms.ts';

type Retraction = TicketEvent & { type: 'SlaBreachRetracted' };

/**
 * Who is to hear that a breach is taken back: exactly those whom the breach may have reached, after it. A subscription
 * that asks for retractions and not for breaches hears of every one.
 */
export async function retract(
  { ticketId, type, data: { objective, occurrence, breachedAt } }: Retraction,
  interested: Recipient[],
  { subscriptions }: Definitions,
  transaction: PoolClient,
): Promise<Follower[]> {
  const breaches = { ticketId, eventType: 'SlaBreached' as const, objective, occurrence, breachedAt };
  const told = await followAlarms(breaches, true, transaction);
  const asking = new Set(
    subscriptions.flatMap((subscription) => {
      const types = wantedTypes(subscription);
      return types.includes(type) && !types.includes('SlaBreached') ? [subscription.id] : [];
    }),
  );
  return [
    ...told,
    ...interested
      .filter(({ addressee }) => addressee.kind === 'subscription' && asking.has(addressee.id))
      .map((recipient) => ({ ...recipient, follows: null })),
  ];
}
