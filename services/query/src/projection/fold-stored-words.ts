import type { PoolClient } from 'pg';
import { foldWords } from './fold-words.ts';

const pageSize = 5_000;

/** Folds the words of the tickets that are there, in a migration's transaction: SQL alone cannot, in every locale. */
export async function foldStoredWords(transaction: PoolClient): Promise<void> {
  await transaction.query('drop index if exists query.words_search');
  for (let after: string | null = null; ; ) {
    const { rows }: { rows: { ticket_id: string; words: string }[] } = await transaction.query(
      `select ticket_id, words from query.words where $1::uuid is null or ticket_id > $1
       order by ticket_id limit ${pageSize}`,
      [after],
    );
    const changed = rows.flatMap(({ ticket_id, words }) => {
      const folded = foldWords(words);
      return folded === words ? [] : [{ ticket_id, folded }];
    });
    await transaction.query(
      `update query.words w set words = f.words from unnest($1::uuid[], $2::text[]) as f (ticket_id, words)
       where w.ticket_id = f.ticket_id`,
      [changed.map(({ ticket_id }) => ticket_id), changed.map(({ folded }) => folded)],
    );
    if (rows.length < pageSize) break;
    after = rows.at(-1)?.ticket_id ?? null;
  }
  await transaction.query('create index words_search on query.words using gin (search)');
}
