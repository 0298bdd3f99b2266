import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startOwnServer } from '@ringback/test-kit';
import { seedServer } from '@ringback/test-kit/route-walk';
import type { Fuzz } from './fuzz.ts';

const main = fileURLToPath(new URL('../../services/standalone/src/main.ts', import.meta.url));
const key = 'a-key-for-the-fuzz-by-schemathesis';
const command = 'schemathesis';
const defaultExamples = 50;
/** What an answer is held against; which requests are accepted is for `routes`, which knows more than the schemas say. */
const checks = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

const missing = `${command} is not installed. It is a Python program; install it with one of
  pipx install ${command}
  python3 -m venv .venv && .venv/bin/pip install ${command} && export PATH="$PWD/.venv/bin:$PATH"
and run this again.`;

/** Schemathesis on `/openapi.json` of a server of its own, with an administrator's key; `cases`: examples per operation. */
export const fuzz: Fuzz = async ({ seed, cases, write }) => {
  if (spawnSync(command, ['--version']).error !== undefined) {
    write(missing);
    return false;
  }
  const environment = { BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'error', ALLOW_PRIVATE_WEBHOOKS: 'true' };
  // It keeps what it finds in the folder that it runs in.
  const folder = await mkdtemp(join(tmpdir(), 'ringback-schemathesis-'));
  const server = await startOwnServer({ main, environment });
  try {
    await seedServer(server.url, key);
    const child = spawn(
      command,
      [
        'run',
        `${server.url}/openapi.json`,
        ...['--header', `Authorization: Bearer ${key}`],
        ...['--checks', checks.join(',')],
        ...['--max-examples', String(cases ?? defaultExamples)],
        ...['--seed', String(seed)],
        // A feed never ends by itself; a key that is revoked is the one that asks.
        ...['--exclude-path', '/v1/feed'],
        ...['--exclude-path', '/v1/api-keys/{id}'],
        ...['--request-timeout', '30'],
        ...['--workers', '2'],
      ],
      { stdio: 'inherit', cwd: folder },
    );
    const code = await new Promise<number>((resolve) =>
      child.once('close', (status) => resolve(status ?? 1)),
    );
    const lives = server.process.exitCode === null && (await fetch(`${server.url}/health/ready`)).ok;
    if (!lives) write(`The server is not ready afterwards:\n${server.output()}`);
    return code === 0 && lives;
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
};
