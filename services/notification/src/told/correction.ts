import type { TicketEvent } from '@ringback/domain/ticket';
import type { PoolClient } from 'pg';
import type { Recipient } from '../outbox/recipients.ts';
import { type Follower, followAlarms } from './told-alarms.ts';

type Replanned = TicketEvent & { type: 'DeadlineReplanned' };

const alarmOf = { target: 'SlaTargetMissed', max: 'SlaBreached' } as const;

/** Whether an amended plan has overtaken alarms: then those who were told of them are told once more. */
export function isCorrection(event: TicketEvent): event is Replanned {
  return event.type === 'DeadlineReplanned' && (event.data.notStanding?.length ?? 0) > 0;
}

/**
 * Who is to hear of a re-plan: those who ask for every one, and those whom an alarm may have reached that would not
 * stand as planned now. Each alarm is corrected once, however often the plan is amended afterwards.
 */
export async function correct(
  { ticketId, data: { objective, occurrence, notStanding = [] } }: Replanned,
  interested: Recipient[],
  transaction: PoolClient,
): Promise<Follower[]> {
  const told: Follower[] = [];
  // The breach first: a recipient of both gets one correction, after the later of the two.
  for (const kind of ['max', 'target'] as const) {
    if (!notStanding.includes(kind)) continue;
    const alarms = { ticketId, eventType: alarmOf[kind], objective, occurrence, breachedAt: null };
    told.push(...(await followAlarms(alarms, false, transaction)));
  }
  return [...told, ...interested.map((recipient) => ({ ...recipient, follows: null }))];
}
