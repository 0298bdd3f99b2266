/** `pnpm migrate`: brings every schema of `DATABASE_URL` up to date, and nothing else. */
import {
  createLogger,
  createPool,
  explainDatabaseFault,
  readConfiguration,
  runMigrations,
} from '@ringback/service-kit';
import { readArguments } from '@ringback/service-kit/command-line';
import { services } from '@ringback/standalone';

const usage = `pnpm migrate

Brings every schema of the PostgreSQL in DATABASE_URL up to date, and nothing else.`;

async function run(): Promise<void> {
  const { databaseUrl } = readConfiguration(process.env);
  if (databaseUrl === null) {
    process.stderr.write('DATABASE_URL is needed: the PostgreSQL whose schemas are to be migrated.\n');
    process.exitCode = 2;
    return;
  }
  const pool = createPool(databaseUrl, 'migrate', createLogger('warn', 'migrate'), 2, 'unlimited');
  try {
    const ran = await runMigrations(pool, services);
    process.stdout.write(
      ran.length === 0 ? 'Everything is up to date.\n' : `${ran.map((name) => `ran ${name}`).join('\n')}\n`,
    );
  } catch (error) {
    throw explainDatabaseFault(error, pool.options);
  } finally {
    await pool.end();
  }
}

if (readArguments({ usage }) !== null) {
  await run().catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  });
}
