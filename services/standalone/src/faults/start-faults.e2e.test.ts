import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually, freePort } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createServerProcesses, type ServerProcesses } from '../testing/server-process.ts';

let processes: ServerProcesses;
let folder: string;
beforeAll(async () => {
  processes = await createServerProcesses();
  folder = await mkdtemp(join(tmpdir(), 'ringback-faults-'));
  await writeFile(join(folder, 'file'), 'not: [a, catalog');
  await mkdir(join(folder, 'empty'));
});
afterAll(async () => {
  await processes.destroy();
  await rm(folder, { recursive: true, force: true });
});

function databaseUrl(change: (url: URL) => void): string {
  const url = new URL(inject('postgresUrl'));
  change(url);
  return url.href;
}
const embedded = () => ({ DATABASE_URL: '', DATA_DIR: join(folder, 'data') });
const external = () => ({ DATABASE_URL: inject('postgresUrl') });

describe('a start that fails prints why, even with LOG_LEVEL=silent, and exits with 1', () => {
  type Case = [name: string, environment: () => Record<string, string>, message: RegExp];
  const cases: Case[] = [
    [
      'a wrong password',
      () => ({ DATABASE_URL: databaseUrl((url) => (url.password = 'wrong')) }),
      /^DATABASE_URL: PostgreSQL at 127\.0\.0\.1:\d+ does not accept the password of user "ringback"/m,
    ],
    [
      'a database that does not exist',
      () => ({ DATABASE_URL: databaseUrl((url) => (url.pathname = '/nope')) }),
      /^DATABASE_URL: There is no database "nope" at 127\.0\.0\.1:\d+\. Create it/m,
    ],
    ['a malformed DATABASE_URL', () => ({ DATABASE_URL: 'postgres://u:%zz@h/d' }), /DATABASE_URL: .*%25/],
    ['an SMTP_URL without a host', () => ({ SMTP_URL: 'smtp://' }), /SMTP_URL: a URL that .* names a host/],
    [
      'an SMTP_URL of another protocol',
      () => ({ SMTP_URL: 'mail.example:25' }),
      /SMTP_URL: a URL that begins/,
    ],
    [
      'a DATA_DIR that is a file',
      () => ({ DATA_DIR: join(folder, 'file') }),
      /^DATA_DIR: .*a file is in the way/m,
    ],
    [
      'a DATA_DIR below /proc',
      () => ({ DATA_DIR: '/proc/nope' }),
      /^DATA_DIR: \/proc\/nope cannot be created/m,
    ],
    ['a HOST that is not ours', () => ({ HOST: '192.0.2.1' }), /Set HOST to one that is/],
    ['a HOST without an address', () => ({ HOST: 'nope.invalid' }), /Set HOST to one that is/],
    [
      'a CATALOG that is missing',
      () => ({ ...external(), CATALOG: join(folder, 'nope') }),
      /^CATALOG: .*nope cannot be read: there is no such file or folder/m,
    ],
    [
      'a CATALOG folder without catalogs',
      () => ({ ...external(), CATALOG: join(folder, 'empty') }),
      /^CATALOG: the folder .*empty contains no \.yaml file/m,
    ],
    [
      'a CATALOG that is not one',
      () => ({ ...external(), CATALOG: join(folder, 'file') }),
      /^CATALOG: .*file is not a catalog/m,
    ],
  ];
  it.each(cases)('%s', async (_name, environment, message) => {
    const { code, output } = await processes.startAndFail({
      ...embedded(),
      PORT: '0',
      LOG_LEVEL: 'silent',
      ...environment(),
    });
    expect(output).toMatch(message);
    expect(output).not.toContain('wrong');
    expect(code).toBe(1);
  });
});

describe('a start that waits says for what, even with LOG_LEVEL=silent', () => {
  const cases: [name: string, environment: () => Promise<Record<string, string>>, message: RegExp][] = [
    [
      'a host that does not resolve',
      async () => ({ DATABASE_URL: 'postgres://u:p@nope.invalid/d' }),
      /^DATABASE_URL: The (host of|name server does not answer for) nope\.invalid:5432.* Trying again\.$/m,
    ],
    [
      'a port that nothing listens at',
      async () => ({ DATABASE_URL: `postgres://u:p@127.0.0.1:${await freePort()}/d` }),
      /^DATABASE_URL: Nothing listens at 127\.0\.0\.1:\d+\. .* Trying again\.$/m,
    ],
    [
      'Kafka that cannot be reached',
      async () => ({ ...external(), KAFKA_BROKERS: `127.0.0.1:${await freePort()}` }),
      /^KAFKA_BROKERS: Kafka cannot be used yet; it is tried again\./m,
    ],
  ];
  it.each(cases)('%s', async (_name, environment, message) => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, ...embedded(), PORT: '0', LOG_LEVEL: 'silent', ...(await environment()) },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await expectOutput(child, message);
  });
});

describe('an older Node', () => {
  it('is refused with a sentence that says what is needed', async () => {
    const root = fileURLToPath(new URL('../../../../', import.meta.url));
    const older = 'data:text/javascript,Object.defineProperty(process.versions, "node", { value: "20.1.0" })';
    const args = ['--import', older, 'scripts/run.js', 'services/standalone/src/main.ts'];
    const failure = await promisify(execFile)(process.execPath, args, { cwd: root }).catch((error) => error);
    expect(failure.code).toBe(1);
    expect(failure.stderr).toMatch(/^Ringback needs Node 24 or later; this is Node 20\.1\.0 \(.*\)\.$/m);
  });
});

async function expectOutput(child: ChildProcess, message: RegExp): Promise<void> {
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  try {
    await eventually(() => expect(output).toMatch(message), { timeout: 30_000 });
    expect(child.exitCode).toBeNull();
  } finally {
    child.kill('SIGKILL');
  }
}
