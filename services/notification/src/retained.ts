import type { Configuration, Retained } from '@ringback/service-kit';
import { mostUnfinishedTries } from './delivery/notification.ts';

/** What notification keeps for some days only; attempts go with their notification. */
export const retainedByNotification = ({ keep }: Pick<Configuration, 'keep'>): Retained[] => [
  {
    ...{ name: 'notifications', table: 'notification.notifications n', alias: 'n', instant: 'created_at' },
    // What follows another one goes first; what ended the process stays until somebody has looked.
    condition: `n.state in ('delivered', 'superseded', 'dead') and n.unfinished < ${mostUnfinishedTries}
      and not exists (select from notification.notifications f where f.follows = n.id)`,
    days: keep.notifications,
  },
];
