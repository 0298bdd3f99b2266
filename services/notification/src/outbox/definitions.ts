import type { Defined, Directory } from '@ringback/directory';
import {
  type AdministrationEvent,
  type AdministrationState,
  administrationStreamId,
  evolveAdministration,
  type OnCall,
  type Subscription,
} from '@ringback/domain/administration';
import type { EventLog } from '@ringback/event-log';

type Identified<T> = T & { id: string };

/** Who could be told of an event. */
export interface Definitions {
  subscriptions: readonly Identified<Subscription>[];
  onCall: readonly Identified<OnCall>[];
}

/**
 * The definitions as they stood at `position`: a subscription receives nothing from before it was made or enabled,
 * and one that was edited since receives everything that it asked for at the time. Who is removed or disabled by now is
 * left out. Reads the log only for what has changed since.
 */
export async function definitionsAt(
  position: number,
  log: Pick<EventLog, 'readStream'>,
  directory: Pick<Directory, 'subscriptions' | 'onCall'>,
): Promise<Definitions> {
  const asOf = async <T extends AdministrationState>(
    kind: 'subscription' | 'on-call',
    present: Defined<T>[],
  ): Promise<Identified<T>[]> => {
    const found = present.map(async (record): Promise<Identified<T> | null> => {
      if (record.position <= position) return record;
      const id = administrationStreamId(kind, record.id);
      const events = await log.readStream({ category: 'administration', id });
      const state = events
        .filter((event) => event.position <= position)
        .map(({ type, data }) => ({ type, data }) as AdministrationEvent)
        .reduce<AdministrationState | null>(evolveAdministration, null);
      return state === null ? null : { ...(state as T), id: record.id };
    });
    return (await Promise.all(found)).filter((each) => each !== null);
  };
  const isEnabled = ({ enabled }: Subscription) => enabled;
  const subscriptions = await asOf<Subscription>('subscription', directory.subscriptions().filter(isEnabled));
  return {
    subscriptions: subscriptions.filter(isEnabled),
    onCall: await asOf<OnCall>('on-call', directory.onCall()),
  };
}
