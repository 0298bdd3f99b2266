import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startCluster } from '@ringback/test-kit';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startLogIdentity } from './log-identity.ts';
import { migrate } from './migrate/migrate.ts';
import { logMigrations } from './migrate/migrations.ts';
import { createLogDatabase, type LogDatabase } from './testing/log-database.ts';

/** As the page on operations has it, for restores that cannot be detected. */
const operations = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const renaming = /psql .* -c "(update log\.identity .*)"/.exec(operations)?.[1] ?? '';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };

let database: LogDatabase;
beforeEach(async () => {
  database = await createLogDatabase();
});
afterEach(() => database.drop());

/** As a process that starts now reads it. */
async function nameOf(pool: pg.Pool, origin = ''): Promise<string> {
  const identity = await startLogIdentity({ pool, logger: quiet, origin });
  identity.stop();
  return identity.name();
}

/** A pool of another database or another role on the same server, for as long as `use` takes. */
async function withPool<T>(change: (url: URL) => void, use: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const url = new URL(database.url);
  change(url);
  const pool = new pg.Pool({ connectionString: url.href, max: 2 });
  pool.on('error', () => {});
  try {
    return await use(pool);
  } finally {
    await pool.end();
  }
}

describe('the name of a log', () => {
  it('is the same for every process, and stays through maintenance', async () => {
    const name = await nameOf(database.pool);
    expect(name).toMatch(/^[0-9a-f]{32}$/);
    for (const statement of ['vacuum freeze log.identity', 'vacuum full log.identity', 'checkpoint'])
      await database.pool.query(statement);
    expect(await nameOf(database.pool)).toBe(name);
    expect(await withPool(() => {}, nameOf)).toBe(name);
  });

  it('is another one in a restored copy of the database', async () => {
    const name = await nameOf(database.pool);
    const copy = `copy_${randomBytes(8).toString('hex')}`;
    const administrator = new pg.Client({ connectionString: inject('postgresUrl') });
    await administrator.connect();
    try {
      const original = new URL(database.url).pathname.slice(1);
      await database.pool.query('select 1');
      await administrator.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${original}'`,
      );
      await administrator.query(`create database ${copy} template ${original}`);
      const toCopy = (url: URL) => {
        url.pathname = `/${copy}`;
      };
      expect(await withPool(toCopy, nameOf)).not.toBe(name);
      expect(await withPool(() => {}, nameOf)).toBe(name);
    } finally {
      await administrator.query(`drop database if exists ${copy} with (force)`);
      await administrator.end();
    }
  });

  it('is another one where the same rows were restored in place', async () => {
    const names = [await nameOf(database.pool)];
    const { rows } = await database.pool.query<{ id: string }>('select id from log.identity');
    const insert = () => database.pool.query('insert into log.identity (id) values ($1)', [rows[0]?.id]);
    await database.pool.query('delete from log.identity');
    await insert();
    names.push(await nameOf(database.pool));
    await database.pool.query('drop table log.identity');
    const { sql = '' } = logMigrations.find((migration) => migration.name === '003-identity') ?? {};
    await database.pool.query(sql);
    await database.pool.query('delete from log.identity');
    await insert();
    names.push(await nameOf(database.pool));
    expect(new Set(names).size).toBe(3);
  });

  it('is another one after it was renewed, and where the files are others', async () => {
    const name = await nameOf(database.pool);
    expect(await nameOf(database.pool, 'a copy')).not.toBe(name);
    await database.pool.query(renaming);
    expect(await nameOf(database.pool)).not.toBe(name);
  });

  it('reaches a running process when it looks again', async () => {
    const identity = await startLogIdentity({ pool: database.pool, logger: quiet });
    const told: string[] = [];
    identity.onChanged((name) => told.push(name));
    const before = identity.name();
    expect(await identity.check()).toBe(before);
    await database.pool.query(renaming);
    const now = await identity.check();
    identity.stop();
    expect(now).not.toBe(before);
    expect(identity.name()).toBe(now);
    expect(told).toEqual([now]);
  });

  it('is read by a role that may not ask for the cluster', async () => {
    const role = `reader_${randomBytes(8).toString('hex')}`;
    for (const statement of [
      'revoke execute on function pg_control_system() from public',
      'revoke execute on function pg_walfile_name(pg_lsn) from public',
      `create role ${role} login password 'reader'`,
      `grant usage on schema log to ${role}`,
      `grant select on log.identity to ${role}`,
    ])
      await database.pool.query(statement);
    try {
      const asReader = (url: URL) => {
        url.username = role;
        url.password = 'reader';
      };
      const name = await withPool(asReader, nameOf);
      expect(name).toMatch(/^[0-9a-f]{32}$/);
      expect(await withPool(asReader, nameOf)).toBe(name);
      await database.pool.query(renaming);
      expect(await withPool(asReader, nameOf)).not.toBe(name);
    } finally {
      await database.pool.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it('stays through a restart of PostgreSQL, and is another one after a recovery to a point in time', async () => {
    const cluster = await startCluster();
    const pool = new pg.Pool({ connectionString: cluster.url(), max: 2 });
    pool.on('error', () => {});
    try {
      await migrate(pool, 'log', logMigrations);
      const name = await nameOf(pool);
      await cluster.restart();
      expect(await nameOf(pool)).toBe(name);
      const { rows } = await pool.query<{ data_directory: string }>('show data_directory');
      await pool.query(`alter system set restore_command = 'false'`);
      await cluster.stopServer();
      await writeFile(join(rows[0]?.data_directory ?? '', 'recovery.signal'), '');
      await cluster.startServer();
      expect(await nameOf(pool)).not.toBe(name);
    } finally {
      await pool.end();
      await cluster.destroy();
    }
  });
});
