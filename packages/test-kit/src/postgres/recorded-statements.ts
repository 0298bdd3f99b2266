import type { Pool } from 'pg';

export interface RecordedStatement {
  /** Its name, or its text on one line. */
  statement: string;
  /** How many rows it returned; null where it failed. */
  rows: number | null;
}

/**
 * What a pool is asked while `work` runs, in the order of the answers. Everybody’s statements are in it: `isOf` says which
 * count.
 */
export async function recordStatements(
  pool: Pool,
  matches: (statement: string) => boolean,
  work: () => Promise<unknown>,
): Promise<RecordedStatement[]> {
  const recorded: RecordedStatement[] = [];
  const plain = pool.query;
  const ask = plain.bind(pool) as (...parameters: unknown[]) => Promise<{ rowCount: number | null }>;
  pool.query = (async (...parameters: [string | { name?: string; text: string }]) => {
    const [query] = parameters;
    const text = typeof query === 'string' ? query : (query.name ?? query.text);
    const statement = text.replaceAll(/\s+/g, ' ').trim();
    const answer = ask(...parameters);
    if (matches(statement)) {
      answer.then(
        ({ rowCount }) => recorded.push({ statement, rows: rowCount }),
        () => recorded.push({ statement, rows: null }),
      );
    }
    return await answer;
  }) as typeof pool.query;
  try {
    await work();
  } finally {
    pool.query = plain;
  }
  return recorded;
}
