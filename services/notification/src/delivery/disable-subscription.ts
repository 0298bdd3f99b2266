import type { Defined } from '@ringback/directory';
import {
  administrationEventSchemas,
  administrationStreamId,
  type Subscription,
} from '@ringback/domain/administration';
import { type EventLog, VersionConflict } from '@ringback/event-log';

/**
 * Disables a subscription where everybody looks: in the administration's own stream. False when it was changed
 * meanwhile: the answer was to what it was before.
 */
export async function disableSubscription(
  log: Pick<EventLog, 'append'>,
  { id, version, position: _, recordedAt: __, ...present }: Defined<Subscription>,
): Promise<boolean> {
  const data: Subscription = { ...present, enabled: false };
  const stream = { category: 'administration' as const, id: administrationStreamId('subscription', id) };
  const event = { type: 'SubscriptionDefined', v: administrationEventSchemas.SubscriptionDefined.v, data };
  try {
    await log.append({
      appends: [{ stream, expected: version, events: [event] }],
      metadata: { actor: 'service:notification' },
    });
    return true;
  } catch (error) {
    if (error instanceof VersionConflict) return false;
    throw error;
  }
}
