import type { Pool } from 'pg';
import * as z from 'zod';

export const ReplanProgress = z
  .object({
    position: z.int().meta({ description: 'Of the amendment in the log' }),
    cause: z.string().meta({ description: 'The type of the amending event' }),
    catalog: z.string(),
    contractId: z.string().nullable(),
    recordedAt: z.string().meta({ format: 'date-time' }),
    done: z.int().meta({ description: 'Tickets decided again' }),
    total: z.int().meta({ description: 'Tickets that the amendment may touch, as far as is known now' }),
    finishedAt: z.string().nullable().meta({ format: 'date-time' }),
  })
  .meta({ id: 'Replan', description: 'How far an amendment has been worked into the tickets that are open' });
export type ReplanProgress = z.infer<typeof ReplanProgress>;

/** How far each replan is, those at work first, then the latest. */
export async function listReplans(pool: Pool, limit: number): Promise<ReplanProgress[]> {
  const { rows } = await pool.query<{
    position: string;
    cause: string;
    catalog: string;
    contract_id: string | null;
    recorded_at: Date;
    done: number;
    ahead: number;
    finished_at: Date | null;
  }>(
    `select r.position, r.cause, r.catalog, r.contract_id, r.recorded_at, r.done, r.finished_at,
       case when r.finished_at is not null then 0
         when r.contract_id is null then (select count(*) from sla_timer.tickets t
           where t.open and t.catalog = r.catalog and t.ticket_id > r.after_ticket)
         else (select count(*) from sla_timer.tickets t where t.open and not t.covered
           and t.contract_id = r.contract_id and t.ticket_id > r.after_ticket) end::int as ahead
     from (select * from sla_timer.replans order by finished_at is not null, position desc limit $1) r
     order by r.finished_at is not null, r.position desc`,
    [limit],
  );
  return rows.map((row) => ({
    position: Number(row.position),
    cause: row.cause,
    catalog: row.catalog,
    contractId: row.contract_id,
    recordedAt: row.recorded_at.toISOString(),
    done: row.done,
    total: row.done + row.ahead,
    finishedAt: row.finished_at?.toISOString() ?? null,
  }));
}
