import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';

/**
 * When the files of the embedded PostgreSQL were created, in nanoseconds since 1970. A copy of them has a later creation
 * time even if it preserves all other times. Empty if the file system does not record it.
 */
export async function readDataOrigin(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ data_directory: string }>('show data_directory');
  const file = join(rows[0]?.data_directory ?? '', 'PG_VERSION');
  const found = await stat(file, { bigint: true }).catch(() => null);
  return found === null || found.birthtimeNs === 0n ? '' : String(found.birthtimeNs);
}
