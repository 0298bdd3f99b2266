/** `pnpm migrate`: brings every schema of `DATABASE_URL` up to date, and nothing else. */
import { createLogger, createPool, readConfiguration, runMigrations } from '@ringback/service-kit';
import { services } from '@ringback/standalone';

const { databaseUrl } = readConfiguration(process.env);
if (databaseUrl === null) {
  process.stderr.write('DATABASE_URL is needed: the PostgreSQL whose schemas are to be migrated.\n');
  process.exitCode = 2;
} else {
  const pool = createPool(databaseUrl, 'migrate', createLogger('warn', 'migrate'), 2, 'unlimited');
  const ran = await runMigrations(pool, services);
  process.stdout.write(
    ran.length === 0 ? 'Everything is up to date.\n' : `${ran.map((name) => `ran ${name}`).join('\n')}\n`,
  );
  await pool.end();
}
