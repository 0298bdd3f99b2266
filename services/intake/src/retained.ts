import type { Configuration, Retained } from '@ringback/service-kit';
import { mostUnfinishedTries } from './deliveries/delivery-store.ts';

/** What intake keeps for some days only. */
export const retainedByIntake = ({ keep }: Pick<Configuration, 'keep'>): Retained[] => [
  {
    ...{ name: 'deliveries', table: 'intake.deliveries d', alias: 'd', instant: 'received_at' },
    // What ended the process stays until somebody has looked.
    condition: `d.state in ('done', 'failed') and d.unfinished < ${mostUnfinishedTries}`,
    days: keep.deliveries,
  },
  {
    ...{ name: 'idempotency-keys', table: 'log.commands c', alias: 'c', instant: 'recorded_at' },
    condition: 'true',
    days: keep.idempotencyKeys,
  },
];
