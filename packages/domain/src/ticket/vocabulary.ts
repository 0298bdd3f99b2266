import * as z from 'zod';
import { toUtc } from '../common/instants.ts';

const firstInstant = Date.UTC(1970, 0, 1);
const endOfInstants = Date.UTC(2200, 0, 1);

/**
 * An instant on every wire: ISO 8601 in UTC with milliseconds, e.g. `2026-03-02T09:00:00.000Z`. Calendars reach from
 * 1890 to 2210: what is asked of them has to leave room for what is reckoned from it. Other offsets are taken and turned
 * into UTC.
 */
export const Instant = z.iso
  .datetime({ offset: true, precision: null, abort: true })
  .refine((text) => Date.parse(text) >= firstInstant && Date.parse(text) < endOfInstants, {
    message: 'must lie in the years 1970 to 2199',
    abort: true,
  })
  .overwrite(toUtc)
  .meta({ example: '2026-03-02T09:00:00.000Z' });

/** Why a clock is paused, and by whom the wait is caused. The party is what attainment is reported by. */
export const holdParties = {
  'awaiting-customer': 'customer',
  'awaiting-remote-access': 'customer',
  'customer-scheduled': 'customer',
  'third-party-network': 'carrier',
  manufacturer: 'manufacturer',
  'force-majeure': 'nobody',
} as const;
export type HoldReason = keyof typeof holdParties;
export type HoldParty = (typeof holdParties)[HoldReason];
export const holdReasons = Object.keys(holdParties) as [HoldReason, ...HoldReason[]];
export const HoldReason = z.enum(holdReasons);

/** What an objective promises; an objective is named by its metric. */
export const metrics = [
  'response',
  'intervention',
  'restore',
  'resolution',
  'replacement',
  'on-site',
  'update',
] as const;
export type Metric = (typeof metrics)[number];
export const Metric = z.enum(metrics);

export const ticketStates = ['open', 'resolved', 'closed', 'declined'] as const;
export type TicketState = (typeof ticketStates)[number];
export const TicketState = z.enum(ticketStates);

/** How a ticket, or a message on it, reached us. */
export const channels = ['phone', 'email', 'portal', 'chat', 'monitoring', 'api'] as const;
export type Channel = (typeof channels)[number];
export const Channel = z.enum(channels);
