import type { Call } from '@ringback/domain/phone';
import type { Pool, PoolClient } from 'pg';

export interface StoredCall {
  call: Call;
  ticketId: string | null;
  callerE164: string | null;
}

/** How long an earlier call of the same number leads to its ticket. */
const recent = '7 days';

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
  const { rows } = await transaction.query<{
    call: Call;
    ticket_id: string | null;
    caller_e164: string | null;
  }>('select call, ticket_id, caller_e164 from intake.calls where integration_id = $1 and call_id = $2', [
    integrationId,
    callId,
  ]);
  const row = rows[0];
  return row === undefined ? null : { call: row.call, ticketId: row.ticket_id, callerE164: row.caller_e164 };
}

export async function saveCall(
  connection: Pool | PoolClient,
  integrationId: string,
  { call, ticketId, callerE164 }: StoredCall,
): Promise<void> {
  await connection.query(
    `insert into intake.calls (integration_id, call_id, direction, call, caller_e164, ticket_id, ended)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (integration_id, call_id) do update set call = excluded.call, ended = excluded.ended,
       caller_e164 = coalesce(intake.calls.caller_e164, excluded.caller_e164),
       ticket_id = coalesce(intake.calls.ticket_id, excluded.ticket_id), updated_at = clock_timestamp()`,
    [
      integrationId,
      call.callId,
      call.direction,
      JSON.stringify(call),
      callerE164,
      ticketId,
      call.endedAt !== null,
    ],
  );
}

/** Tickets of earlier calls of this number, the latest first; before them those of the same conversation. */
export async function findRecentTickets(
  transaction: PoolClient,
  integrationId: string,
  callerE164: string | null,
  originCallId: string | null,
): Promise<{ ticketId: string; sameConversation: boolean }[]> {
  const { rows } = await transaction.query<{ ticket_id: string; same: boolean }>(
    `select ticket_id, bool_or(integration_id = $1 and call_id = $3) as same
     from intake.calls
     where ticket_id is not null and updated_at > clock_timestamp() - interval '${recent}'
       and (caller_e164 = $2 or (integration_id = $1 and call_id = $3))
     group by ticket_id order by same desc, max(updated_at) desc limit 5`,
    [integrationId, callerE164, originCallId],
  );
  return rows.map(({ ticket_id, same }) => ({ ticketId: ticket_id, sameConversation: same === true }));
}

/** Calls that have not been heard of for so long that their end must have been lost. */
export async function findStaleCalls(
  pool: Pool,
  hours: number,
): Promise<(StoredCall & { integrationId: string })[]> {
  const { rows } = await pool.query<{
    integration_id: string;
    call: Call;
    ticket_id: string | null;
    caller_e164: string | null;
  }>(
    `select integration_id, call, ticket_id, caller_e164 from intake.calls
     where not ended and updated_at < clock_timestamp() - make_interval(hours => $1) limit 100`,
    [hours],
  );
  return rows.map((row) => ({
    integrationId: row.integration_id,
    call: row.call,
    ticketId: row.ticket_id,
    callerE164: row.caller_e164,
  }));
}
