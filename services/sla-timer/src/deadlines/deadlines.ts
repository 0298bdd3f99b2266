import type { ItemTable } from '@ringback/schedule';

/** The deadlines of tickets as a kind of the schedule. The projection writes them together with `sla_timer.tickets`. */
export const deadlineTable: ItemTable = {
  table: 'sla_timer.deadlines',
  key: { column: 'ticket_id', type: 'uuid' },
};
