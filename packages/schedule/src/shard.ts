/** How many parts the tickets are divided into; instances share the parts. */
export const shardCount = 64;

/** A ticket's shard: from the last byte of its id, which is random in every kind of UUID that we make. */
export function shardOf(ticketId: string): number {
  return Number.parseInt(ticketId.slice(-2), 16) % shardCount;
}

/** The same in SQL, of a column. */
export function shardOfSql(column: string): string {
  return `get_byte(uuid_send(${column}), 15) % ${shardCount}`;
}
