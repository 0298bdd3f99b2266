import type { Category, JsonObject } from '../port.ts';
import type { EncodedRequest } from './encode.ts';

export const notificationChannel = 'ringback_log';

/**
 * One round trip, one transaction and one fsync for a batch. Each request is judged by itself: a version that is not
 * as expected or a command that is known takes that request out, never the batch. The head row is updated last and by
 * the number of events really inserted, so positions are dense and in commit order; the instant of recording is taken
 * under its lock, so it never runs backwards along the positions.
 *
 * A stream or a command id stands in a batch once at most; the batcher sees to that. Another process may still win a
 * race after this statement's snapshot: the unique constraints then fail the batch, and it is tried again singly.
 */
const text = `
with request_input as (
  select request - 1 as request, command_id, fingerprint, result
  from unnest($1::text[], $2::text[], $3::text[]) with ordinality as r (command_id, fingerprint, result, request)
), stream_input as (
  select *
  from unnest($4::int[], $5::text[], $6::text[], $7::int[], $8::int[]) with ordinality
    as s (request, category, stream_id, expected, added, ordinal)
), event_input as (
  select *
  from unnest($9::int[], $10::text[], $11::text[], $12::int[], $13::uuid[], $14::text[], $15::int[], $16::text[],
    $17::text[], $18::text[]) with ordinality
    as e (request, category, stream_id, nth, event_id, type, v, data, metadata, occurred_at, ordinal)
), known as (
  select r.request, c.fingerprint, c.position, c.recorded_at, c.streams, c.result
  from request_input r join log.commands c on c.id = r.command_id
), present as (
  select s.*, coalesce(
    (select e.version from log.events e where e.stream_id = s.stream_id order by e.version desc limit 1), 0) as version
  from stream_input s
), refused as (
  select request from present where expected >= 0 and expected <> version
  union select request from known
), accepted as (
  select e.*, p.version + e.nth as version, row_number() over (order by e.ordinal) as n
  from event_input e join present p on p.request = e.request and p.stream_id = e.stream_id
  where e.request not in (select request from refused)
), moved as (
  update log.head set
    position = position + (select count(*) from accepted),
    recorded_at = greatest(recorded_at, date_trunc('milliseconds', clock_timestamp()))
  returning position, recorded_at
), inserted as (
  insert into log.events (position, category, stream_id, version, event_id, type, v, data, metadata, occurred_at,
    recorded_at)
  select m.position - (select count(*) from accepted) + a.n, a.category, a.stream_id, a.version, a.event_id, a.type,
    a.v, a.data::jsonb, a.metadata::jsonb, coalesce(a.occurred_at::timestamptz, m.recorded_at), m.recorded_at
  from accepted a, moved m
), remembered as (
  insert into log.commands (id, fingerprint, position, recorded_at, streams, result)
  select r.command_id, r.fingerprint,
    coalesce((select m.position - (select count(*) from accepted) + max(a.n) from accepted a where a.request = r.request),
      m.position),
    m.recorded_at,
    coalesce((select jsonb_agg(jsonb_build_object('stream', jsonb_build_object('category', p.category, 'id',
      p.stream_id), 'version', p.version + p.added) order by p.ordinal) from present p where p.request = r.request), '[]'),
    r.result::jsonb
  from request_input r, moved m
  where r.command_id is not null and r.request not in (select request from refused)
)
select m.position::float8 as head, (select count(*) from accepted)::int as added, m.recorded_at,
  (select json_agg(json_build_array(p.request, p.version) order by p.ordinal) from present p) as versions,
  (select json_agg(json_build_object('request', k.request, 'fingerprint', k.fingerprint, 'position', k.position,
    'recordedAt', k.recorded_at, 'streams', k.streams, 'result', k.result)) from known k) as known,
  case when exists (select from accepted) then pg_notify('${notificationChannel}', m.position::text) end as notified
from moved m`;

export interface AppendRow {
  head: number;
  added: number;
  recorded_at: Date;
  /** In the order of the batch's streams: request and the stream's version before. */
  versions: [request: number, version: number][] | null;
  known: KnownCommand[] | null;
}

export interface KnownCommand {
  request: number;
  fingerprint: string;
  position: number;
  recordedAt: string;
  streams: { stream: { category: Category; id: string }; version: number }[];
  result: JsonObject | null;
}

/** The statement for a batch. Its name stands for its text: change both together. */
export function appendStatement(batch: EncodedRequest[]): {
  name: string;
  text: string;
  values: unknown[][];
} {
  const values: unknown[][] = Array.from({ length: 18 }, () => []);
  const push = (from: number, ...items: unknown[]) => {
    for (let index = 0; index < items.length; index += 1)
      (values[from + index] as unknown[]).push(items[index]);
  };
  batch.forEach(({ streams, command }, request) => {
    push(0, command?.id ?? null, command?.fingerprint ?? null, command?.result ?? null);
    for (const { category, id, expected, events } of streams) {
      push(3, request, category, id, expected, events.length);
      events.forEach((event, index) => {
        push(
          8,
          request,
          category,
          id,
          index + 1,
          event.id,
          event.type,
          event.v,
          event.data,
          event.metadata,
          event.occurredAt,
        );
      });
    }
  });
  return { name: 'ringback-append-1', text, values };
}
