import type { Pool } from 'pg';
import type { ReceivedBatch, ReceivedMessage } from '../client/reader.ts';

/** A message of the topic that holds no event of this log. */
export interface Foreign {
  message: ReceivedMessage;
  reason: string;
}

const excerptBytes = 1_000;
const maximumReasonLength = 1_000;

/** Keeps what was found in a topic and is not ours, for whoever looks after it; nothing else comes of it. */
export async function storeForeignMessages(
  pool: Pool,
  schema: string,
  subscription: string,
  { topic, partition }: Pick<ReceivedBatch, 'topic' | 'partition'>,
  foreign: Foreign[],
): Promise<void> {
  await pool.query(
    `insert into ${schema}.foreign_messages (subscription, topic, partition, "offset", reason, excerpt)
     select $1, $2, $3, "offset", reason, excerpt from unnest($4::bigint[], $5::text[], $6::text[]) as f ("offset", reason, excerpt)
     on conflict (subscription, topic, partition, "offset") do nothing`,
    [
      subscription,
      topic,
      partition,
      foreign.map(({ message }) => message.offset),
      foreign.map(({ reason }) => printable(reason).slice(0, maximumReasonLength)),
      foreign.map(({ message }) => printable(message.value?.subarray(0, excerptBytes).toString() ?? '')),
    ],
  );
}

/** PostgreSQL stores no NUL. */
const printable = (text: string) => text.replaceAll('\0', '�').toWellFormed();
