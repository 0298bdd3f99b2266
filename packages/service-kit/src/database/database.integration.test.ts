import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createTestDatabase, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database?.drop());

const moduleOf = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);

it('An idle connection that breaks is logged without its client, whose key cancels statements', async () => {
  const program = `
    import { createPool } from ${moduleOf('./database.ts')};
    import { createLogger } from ${moduleOf('../observability/logger.ts')};
    const pool = createPool(process.env.DATABASE_URL, 'test', createLogger('warn', 'test'));
    const { rows } = await pool.query('select pg_backend_pid() as pid');
    pool.on('error', (error) => {
      process.stderr.write(Object.keys(error).join() + ' ' + Object.keys(error.client).join());
      setTimeout(() => process.exit(0), 100);
    });
    process.send(rows[0].pid);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    env: { ...process.env, DATABASE_URL: database.url },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (chunk: Buffer) => {
      written[name] += chunk.toString();
    });
  }
  const [pid] = await once(child, 'message');
  await database.pool.query('select pg_terminate_backend($1)', [pid]);
  await once(child, 'close');
  // The error itself carries the client.
  expect(written.stderr).toMatch(/client.*secretKey/);
  const [line = ''] = written.stdout.split('\n');
  expect(JSON.parse(line)).toMatchObject({
    err: { code: '57P01' },
    msg: 'an idle database connection broke',
  });
  expect(line).not.toMatch(/"client"|secretKey|processID|connectionParameters/);
});
