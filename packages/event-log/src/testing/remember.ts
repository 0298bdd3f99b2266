import type { PoolClient } from 'pg';
import type { RecordedEvent } from '../port.ts';

/** The plainest projection there is: a row of `consumer.seen` for each event, and no tolerance for a second one. */
export async function remember(events: RecordedEvent[], transaction: PoolClient): Promise<void> {
  for (const { position, streamId, version } of events) {
    await transaction.query('insert into consumer.seen (position, stream_id, version) values ($1, $2, $3)', [
      position,
      streamId,
      version,
    ]);
  }
}
