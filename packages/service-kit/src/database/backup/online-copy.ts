import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { copyFiles, keepOwner } from './copy-files.ts';

/**
 * What a copy of a running cluster leaves out (PostgreSQL 18, 25.3.5.3): what the server makes again when it starts, and
 * the write-ahead log, which is copied last.
 */
const excluded = new Set([
  'postmaster.pid',
  'postmaster.opts',
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const isWanted = (path: string): boolean =>
  !excluded.has(path) && !/(^|\/)(pgsql_tmp|pg_internal\.init)/.test(path);
const walFile = /^[0-9A-F]{24}$/;

/**
 * Copies the data of a running PostgreSQL with its low-level backup functions, without stopping it. A server that starts
 * on the copy recovers everything that was committed before the copy ended. A replication slot keeps the write-ahead log
 * that belongs to it. Returns the number of bytes copied.
 */
export async function copyOnline(url: string, data: string, target: string): Promise<number> {
  const client = new pg.Client({ connectionString: url, application_name: 'ringback backup' });
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('set statement_timeout = 0');
    // Temporary: it goes with this connection, whatever becomes of us.
    await client.query(`select pg_create_physical_replication_slot('ringback_backup', true, true)`);
    const { rows: started } = await client.query<{ file: string }>(
      `select pg_walfile_name(pg_backup_start('ringback', fast => true)) as file`,
    );
    let bytes = await copyFiles(data, target, isWanted);
    const { rows: stopped } = await client.query<{ labelfile: string; file: string }>(
      `select labelfile, pg_walfile_name(lsn) as file from pg_backup_stop(wait_for_archive => false)`,
    );
    const label = join(target, 'backup_label');
    await writeFile(label, stopped[0]?.labelfile ?? '', { mode: 0o600 });
    await keepOwner(label, await stat(data));
    const first = started[0]?.file ?? '';
    const last = stopped[0]?.file ?? '';
    bytes += await copyFiles(join(data, 'pg_wal'), join(target, 'pg_wal'), (path) =>
      walFile.test(path) ? isNeeded(path, first, last) : path === '' || path.endsWith('.history'),
    );
    await requireWal(join(target, 'pg_wal'), first, last);
    for (const folder of excluded) {
      if (!folder.startsWith('pg_') || folder === 'pg_wal') continue;
      bytes += await copyFiles(join(data, folder), join(target, folder), () => false);
    }
    return bytes;
  } finally {
    await client.end().catch(() => {});
  }
}

/** File names of one timeline are ordered; the first eight digits are the timeline. */
const isNeeded = (file: string, first: string, last: string): boolean => file >= first && file <= last;

async function requireWal(folder: string, first: string, last: string): Promise<void> {
  const files = new Set(await readdir(folder));
  for (const file of [first, last]) {
    if (!files.has(file)) throw new Error(`PostgreSQL removed ${file} before it could be copied. Try again.`);
  }
}
