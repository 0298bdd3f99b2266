import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';

export interface InsertBaseline {
  /** `pgbench -M simple`, or `pg` where pgbench is not installed. */
  name: string;
  perSecond: number;
}

const clients = 32;
const table = `
  create schema if not exists baseline;
  create table if not exists baseline.rows (id bigserial primary key, body text not null)`;
const insert = "insert into baseline.rows (body) values (repeat('x', 300))";

/** One row, one commit, 32 clients, on the server at `connectionString`: what a durable request is measured by. */
export async function measureInserts(connectionString: string, seconds: number): Promise<InsertBaseline> {
  const pool = new pg.Pool({ connectionString, max: clients });
  try {
    await pool.query(table);
    return (await runPgbench(connectionString, seconds)) ?? (await insertThroughPool(pool, seconds));
  } finally {
    await pool.end();
  }
}

async function runPgbench(connectionString: string, seconds: number): Promise<InsertBaseline | null> {
  const folder = await mkdtemp(join(tmpdir(), 'ringback-bench-'));
  const script = join(folder, 'insert.sql');
  await writeFile(script, `${insert};\n`);
  try {
    const options = [
      '-n',
      '-M',
      'simple',
      '-c',
      String(clients),
      '-j',
      '2',
      '-T',
      String(seconds),
      '-f',
      script,
    ];
    const output = await new Promise<string | null>((resolve) => {
      const child = spawn('pgbench', [...options, connectionString], { stdio: ['ignore', 'pipe', 'ignore'] });
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.on('error', () => resolve(null));
      child.on('close', (code) => resolve(code === 0 ? text : null));
    });
    const found = output === null ? null : /tps = ([\d.]+)/.exec(output);
    return found === null ? null : { name: 'pgbench -M simple, 32 clients', perSecond: Number(found[1]) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function insertThroughPool(pool: pg.Pool, seconds: number): Promise<InsertBaseline> {
  const until = performance.now() + seconds * 1000;
  let inserted = 0;
  const client = async () => {
    while (performance.now() < until) {
      await pool.query(insert);
      inserted += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return { name: 'one-row inserts through pg, 32 clients', perSecond: inserted / seconds };
}
