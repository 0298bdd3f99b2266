import { type Figures, parties, percentiles, readings } from '@ringback/domain/service-level';
import type { HoldParty, Metric } from '@ringback/domain/ticket';
import type { Pool } from 'pg';

/** What attainment is grouped by → the columns that stand for it. */
export const groupings = {
  customer: ['customer_id'],
  contract: ['contract_id'],
  plan: ['catalog', 'plan'],
  objective: ['objective'],
  priority: ['priority'],
  month: ['month'],
} as const;
export type Grouping = keyof typeof groupings;

/** Null: all. `from` inclusive and `to` exclusive bound the start of a clock. */
interface AttainmentFilter {
  /** Of the key that asks. */
  own: string | null;
  customerId: string | null;
  contractId: string | null;
  catalog: string | null;
  plan: string | null;
  priority: string | null;
  objective: Metric | null;
  from: string | null;
  to: string | null;
}

export interface AttainmentQuestion {
  filter: AttainmentFilter;
  groupBy: readonly Grouping[];
  /** ISO 8601: what is due by then and not done is breached, also while its breach is not recorded yet. */
  asOf: string;
  limit: number;
  offset: number;
}

type GroupColumn = (typeof groupings)[Grouping][number];
export type GroupKeys = { [column in GroupColumn]?: string | null };

export interface Attainment {
  /** Ordered by the groups' columns, those without a value last; one more than `limit` when there are more. */
  groups: { keys: GroupKeys; figures: Figures }[];
  total: Figures;
}

/** Counts outcomes by group and in total, in one statement and so of one moment. */
export async function readAttainment(
  pool: Pool,
  { filter, groupBy, asOf, limit, offset }: AttainmentQuestion,
): Promise<Attainment> {
  const columns = groupBy.flatMap((grouping) => groupings[grouping] as readonly GroupColumn[]);
  const { rows } = await pool.query<FiguresRow & GroupKeys>(statementFor(columns), [
    filter.own,
    filter.customerId,
    filter.contractId,
    filter.catalog,
    filter.plan,
    filter.priority,
    filter.objective,
    filter.from,
    filter.to,
    asOf,
    offset,
    limit,
  ]);
  const [total, ...groups] = rows;
  if (total === undefined) throw new Error('an aggregate without a total');
  return {
    total: toFigures(total),
    groups: groups.map((row) => ({
      keys: Object.fromEntries(columns.map((column) => [column, row[column] ?? null])) as GroupKeys,
      figures: toFigures(row),
    })),
  };
}

/** A reading's deadline: null where it lies where the contract's own does, infinity where there is none. */
const due = (reading: string) => `coalesce(due_${reading}, due_at)`;

/** The end of a clock at exactly its deadline comes before the miss; nothing is missed before `judged_from`. */
const missed = (deadline: string) =>
  `(${deadline} is not null and case when ended_at is null then greatest(${deadline}, judged_from) <= $10
    else greatest(${deadline}, judged_from) < ended_at end)`;

const judged = `
  select *, breached_at is not null or (ended_at is null and ${missed('due_at')}) as is_breached,
    breached_at is not null or ${missed(due('gross'))} as missed_gross,
    ${[...parties, 'all'].map((reading) => `${missed(due(reading))} as missed_${reading}`).join(', ')},
    objective = 'response' and met_at is not null as is_response
  from query.outcomes
  where ($1::text is null or customer_id = $1) and ($2::text is null or customer_id = $2)
    and ($3::text is null or contract_id = $3) and ($4::text is null or catalog = $4)
    and ($5::text is null or plan = $5) and ($6::text is null or priority = $6)
    and ($7::text is null or objective = $7) and ($8::timestamptz is null or started_at >= $8)
    and ($9::timestamptz is null or started_at < $9)`;

const counted = (condition: string, name: string) =>
  `count(*) filter (where ${condition})::float8 as ${name}`;
const percentileOf = (time: string, name: string) =>
  `percentile_cont(array[${percentiles.join(', ')}]) within group (order by ${time}) filter (where is_response) as ${name}`;

const figures = [
  counted('not is_breached and met_at is not null', 'met'),
  counted('is_breached', 'breached'),
  counted('not is_breached and met_at is null and ended_at is not null', 'cancelled'),
  counted('not is_breached and ended_at is null', 'open'),
  ...readings.flatMap((reading) => [
    counted(`not missed_${reading} and met_at is not null`, `met_${reading}`),
    counted(`missed_${reading}`, `breached_${reading}`),
  ]),
  'coalesce(sum(gross), 0)::float8 as gross',
  ...parties.map((party) => `coalesce(sum(held_${party}), 0)::float8 as held_${party}`),
  counted('is_response', 'responses'),
  percentileOf('served::float8', 'served'),
  percentileOf('extract(epoch from met_at - started_at)::float8 * 1000', 'elapsed'),
].join(', ');

/** The total comes first, then the page of groups. */
function statementFor(columns: readonly GroupColumn[]): string {
  const keys = columns.map((column) => `${column}, `).join('');
  const order = columns
    .map((column) => `grouping(${column}) desc, ${column} collate "C" nulls last`)
    .join(', ');
  return `with judged as (${judged}), counted as (
      select ${keys}${figures}, row_number() over (${order === '' ? '' : `order by ${order}`}) as place
      from judged group by grouping sets (${columns.length === 0 ? '' : `(${columns.join(', ')}), `}()))
    select * from counted where place = 1 or place between $11::int + 2 and $11::int + $12::int + 2 order by place`;
}

type FiguresRow = { [column: string]: number } & { served: number[] | null; elapsed: number[] | null };

function toFigures(row: FiguresRow): Figures {
  const read = (column: string): number => row[column] ?? 0;
  return {
    counts: {
      met: read('met'),
      breached: read('breached'),
      cancelled: read('cancelled'),
      open: read('open'),
    },
    readings: Object.fromEntries(
      readings.map((reading) => [
        reading,
        { met: read(`met_${reading}`), breached: read(`breached_${reading}`) },
      ]),
    ) as Figures['readings'],
    gross: read('gross'),
    held: Object.fromEntries(parties.map((party) => [party, read(`held_${party}`)])) as {
      [party in HoldParty]: number;
    },
    responses: { count: read('responses'), served: row.served ?? [], elapsed: row.elapsed ?? [] },
  };
}
