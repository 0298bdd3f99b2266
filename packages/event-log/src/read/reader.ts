import { typesWhere } from '@ringback/domain/ticket';
import type { Pool, PoolClient } from 'pg';
import type { Category, JsonObject, Metadata, RecordedEvent, Stream } from '../port.ts';
import type { Upcasters } from '../upcasters.ts';

interface EventRow {
  position: string;
  category: Category;
  stream_id: string;
  version: number;
  event_id: string;
  type: string;
  v: number;
  data: JsonObject;
  metadata: Metadata;
  occurred_at: Date;
  recorded_at: Date;
}

const columns =
  'position, category, stream_id, version, event_id, type, v, data, metadata, occurred_at, recorded_at';

/** An event as it is stored; `upcast` lifts it. Kept apart, so that one that cannot be read fails alone. */
function fromRow(row: EventRow): RecordedEvent {
  return {
    position: Number(row.position),
    category: row.category,
    streamId: row.stream_id,
    version: row.version,
    id: row.event_id,
    type: row.type,
    v: row.v,
    data: row.data,
    metadata: row.metadata,
    occurredAt: row.occurred_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
  };
}

/** Throws `EventUnknown` for an event of a newer release. */
export function upcast<E extends Pick<RecordedEvent, 'type' | 'v' | 'data' | 'position'>>(
  event: E,
  upcasters: Upcasters,
): E {
  return upcasters.isPresent(event) ? event : { ...event, ...upcasters.upcast(event) };
}

const latestVersion = 2_147_483_647;

export async function readStream(
  pool: Pool,
  { category, id }: Stream,
  {
    fromVersion = 1,
    toVersion = latestVersion,
    customerId,
  }: { fromVersion?: number; toVersion?: number; customerId?: string | undefined },
): Promise<RecordedEvent[]> {
  if (customerId !== undefined)
    return (await readOwnStream(pool, { category, id }, fromVersion, toVersion, customerId)).map(fromRow);
  const { rows } = await pool.query<EventRow>({
    name: 'ringback-read-stream-1',
    text: `select ${columns} from log.events
      where stream_id = $1 and category = $2 and version between $3 and $4 order by version`,
    values: [id, category, fromVersion, toVersion],
  });
  return rows.map(fromRow);
}

const namingTypes = typesWhere(({ sets }) => sets.includes('customer'));

/**
 * A ticket is whose the latest event by occurrence says that names a customer, as its fold has it; every version of those
 * events has `customerId`. The planner asks for that first, and reads nothing else unless it is this customer.
 */
async function readOwnStream(
  pool: Pool,
  { category, id }: Stream,
  fromVersion: number,
  toVersion: number,
  customerId: string,
): Promise<EventRow[]> {
  const { rows } = await pool.query<EventRow>({
    name: 'ringback-read-own-stream-1',
    text: `select ${columns} from log.events
      where stream_id = $1 and category = $2 and version between $3 and $4 and $5 = (
        select data ->> 'customerId' from log.events
        where stream_id = $1 and category = $2 and type = any ($6::text[])
        order by occurred_at desc, version desc limit 1)
      order by version`,
    values: [id, category, fromVersion, toVersion, customerId, namingTypes],
  });
  return rows;
}

/** Whole streams, not lifted, in the order of their versions. `types`: only events of these. */
export async function readStreams(
  pool: Pool,
  category: Category,
  ids: string[],
  { until, types }: { until?: ReadonlyMap<string, number> | undefined; types?: Iterable<string> } = {},
): Promise<RecordedEvent[]> {
  const { rows } = await pool.query<EventRow>({
    name: `ringback-read-streams-${types === undefined ? 2 : 3}`,
    text: `select e.${columns.replaceAll(', ', ', e.')}
      from unnest($1::text[], $3::int[]) as s (id, until)
        join log.events e on e.stream_id = s.id and e.category = $2 and e.version <= s.until
          ${types === undefined ? '' : 'and e.type = any ($4::text[])'}
      order by e.stream_id, e.version`,
    values: [
      ids,
      category,
      ids.map((id) => until?.get(id) ?? latestVersion),
      ...(types === undefined ? [] : [[...types]]),
    ],
  });
  return rows.map(fromRow);
}

/** Streams' events of some versions, both inclusive. */
export async function readVersions(
  connection: Pool | PoolClient,
  category: Category,
  ranges: { streamId: string; from: number; to: number }[],
): Promise<RecordedEvent[]> {
  const { rows } = await connection.query<EventRow>(
    `select e.${columns.replaceAll(', ', ', e.')}
     from unnest($1::text[], $2::int[], $3::int[]) as r (id, low, high)
     join log.events e on e.stream_id = r.id and e.category = $4 and e.version between r.low and r.high`,
    [
      ranges.map(({ streamId }) => streamId),
      ranges.map(({ from }) => from),
      ranges.map(({ to }) => to),
      category,
    ],
  );
  return rows.map(fromRow);
}

export interface Page {
  events: RecordedEvent[];
  /** The log's head in the same snapshot: nothing at or before it can appear later. */
  head: number;
}

/** The events after a position and the head, in one statement and so in one snapshot. */
export async function readPage(
  pool: Pool,
  { after, limit, category }: { after: number; limit: number; category?: Category | undefined },
): Promise<Page> {
  const { rows } = await pool.query<EventRow & { head: string }>({
    name: category === undefined ? 'ringback-read-all-1' : `ringback-read-${category}-1`,
    text: `select h.position as head, e.* from log.head h left join lateral (
        select ${columns} from log.events
        where position > $1 ${category === undefined ? '' : `and category = '${category}'`}
        order by position limit $2) e on true
      order by e.position`,
    values: [after, limit],
  });
  const events = rows.filter(({ position }) => position !== null).map(fromRow);
  return { events, head: Number(rows[0]?.head ?? 0) };
}

/** Events that a subscription on Kafka has not applied, of some age (milliseconds), within reach of a position. */
export async function readUnapplied(
  pool: Pool,
  options: {
    schema: string;
    subscription: string;
    category: Category | undefined;
    after: number;
    reach: number;
    age: number;
    limit: number;
  },
): Promise<RecordedEvent[]> {
  const { schema, subscription, category, after, reach, age, limit } = options;
  const { rows } = await pool.query<EventRow>(
    `with low as (select greatest(position, $2::bigint) as position from ${schema}.checkpoints where subscription = $1)
     select e.${columns.replaceAll(', ', ', e.')} from low join log.events e
       on e.position > low.position and e.position <= low.position + $3 ${category === undefined ? '' : `and e.category = '${category}'`}
     where e.recorded_at < clock_timestamp() - $4 * interval '1 millisecond'
       and not exists (select from ${schema}.applied_versions a
         where a.subscription = $1 and a.stream_id = e.stream_id and a.version >= e.version)
     order by e.position limit $5`,
    [subscription, after, reach, age, limit],
  );
  return rows.map(fromRow);
}
