import type { Call } from '@ringback/domain/phone';
import { sql } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { queriesOn } from '../../tables.ts';

export interface StoredCall {
  call: Call;
  ticketId: string | null;
  callerE164: string | null;
}

/** How long an earlier call of the same number leads to its ticket. */
const recently = sql<Date>`clock_timestamp() - interval '7 days'`;
const mostTickets = 5;
const staleAtATime = 100;

/**
 * The call as it is kept, locked until the transaction ends, so that its events are taken in one after the other on
 * whatever instance; likewise everything of the same number, so that two calls at once do not open two tickets.
 */
export async function lockCall(
  transaction: PoolClient,
  integrationId: string,
  callId: string,
  callerE164: string | null,
): Promise<StoredCall | null> {
  for (const key of [callerE164, `${integrationId}/${callId}`].filter((each) => each !== null).sort()) {
    await transaction.query('select pg_advisory_xact_lock(hashtextextended($1, 1))', [key]);
  }
  const found = await queriesOn(transaction)
    .selectFrom('calls')
    .select(['call', 'ticketId', 'callerE164'])
    .where('integrationId', '=', integrationId)
    .where('callId', '=', callId)
    .executeTakeFirst();
  return found ?? null;
}

/** Keeps the number and the ticket that are known already. */
export async function saveCall(
  connection: Pool | PoolClient,
  integrationId: string,
  { call, ticketId, callerE164 }: StoredCall,
): Promise<void> {
  const { callId, direction, endedAt } = call;
  await queriesOn(connection)
    .insertInto('calls')
    .values({
      ...{ integrationId, callId, direction, callerE164, ticketId },
      call: JSON.stringify(call),
      ended: endedAt !== null,
    })
    .onConflict((conflict) =>
      conflict.columns(['integrationId', 'callId']).doUpdateSet(({ ref, fn }) => ({
        call: ref('excluded.call'),
        ended: ref('excluded.ended'),
        callerE164: fn.coalesce('calls.callerE164', 'excluded.callerE164'),
        ticketId: fn.coalesce('calls.ticketId', 'excluded.ticketId'),
        updatedAt: sql<Date>`clock_timestamp()`,
      })),
    )
    .execute();
}

/** Tickets of earlier calls of this number, the latest first; before them those of the same conversation. */
export async function findRecentTickets(
  transaction: PoolClient,
  integrationId: string,
  callerE164: string | null,
  originCallId: string | null,
): Promise<{ ticketId: string; sameConversation: boolean }[]> {
  const isSame = sql<boolean>`(integration_id = ${integrationId} and call_id = ${originCallId}::text) is true`;
  const found = await queriesOn(transaction)
    .selectFrom('calls')
    .select(['ticketId', sql<boolean>`bool_or(${isSame})`.as('sameConversation')])
    .where('ticketId', 'is not', null)
    .where('updatedAt', '>', recently)
    .where(({ or, eb }) => or([eb('callerE164', '=', callerE164), isSame]))
    .groupBy('ticketId')
    .orderBy('sameConversation', 'desc')
    .orderBy(({ fn }) => fn.max('updatedAt'), 'desc')
    .limit(mostTickets)
    .execute();
  return found.map(({ ticketId, sameConversation }) => ({ ticketId: String(ticketId), sameConversation }));
}

/** Calls that have not been heard of for so long that their end must have been lost. */
export async function findStaleCalls(
  pool: Pool,
  hours: number,
): Promise<(StoredCall & { integrationId: string })[]> {
  return await queriesOn(pool)
    .selectFrom('calls')
    .select(['integrationId', 'call', 'ticketId', 'callerE164'])
    .where('ended', '=', false)
    .where('updatedAt', '<', sql<Date>`clock_timestamp() - make_interval(hours => ${hours})`)
    .limit(staleAtATime)
    .execute();
}
