import { createHash } from 'node:crypto';
import type { KeyType } from '../kind.ts';

/** How many parts the items of a kind are divided into; instances share the parts. */
export const shardCount = 64;

/**
 * A key's shard: from the last byte of a UUID, which is random in every version that Ringback makes, or of the SHA-256
 * of a text.
 */
export function shardOf(key: string, type: KeyType): number {
  return type === 'uuid'
    ? Number.parseInt(key.slice(-2), 16) % shardCount
    : (createHash('sha256').update(key).digest()[31] ?? 0) % shardCount;
}

/** The same in SQL, of a column. */
export function shardOfSql(column: string, type: KeyType): string {
  return type === 'uuid'
    ? `get_byte(uuid_send(${column}), 15) % ${shardCount}`
    : // The cast from text to bytea reads escapes, of which a doubled backslash is the only one left. It is immutable,
      // as a generated column needs it; convert_to() is not.
      `get_byte(sha256(replace(${column}, '\\', '\\\\')::bytea), 31) % ${shardCount}`;
}
