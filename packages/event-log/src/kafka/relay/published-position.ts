import type { Pool } from 'pg';
import { createKafkaClient, type KafkaConnection } from '../client/client.ts';
import { defaultTopicPrefix } from '../topics/topics.ts';
import { relayName } from './relay-name.ts';

/**
 * The position of the log up to which these brokers were given everything, as the relay has recorded it; 0 where
 * nothing was ever published to them. Rejects when no broker answers.
 */
export async function publishedPosition(
  pool: Pool,
  options: KafkaConnection & { topicPrefix?: string },
): Promise<number> {
  const client = createKafkaClient(options);
  const { clusterId } = await client.administer('the cluster', (admin) => admin.describeCluster());
  const { rows } = await pool.query<{ position: string }>('select position from log.relays where name = $1', [
    relayName(clusterId, options.topicPrefix ?? defaultTopicPrefix),
  ]);
  return Number(rows[0]?.position ?? 0);
}
