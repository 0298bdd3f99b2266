import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { type Running, runServices } from '@ringback/service-kit';
import { services } from '@ringback/standalone';
import { createHttpClient, createTestDatabase, eventually, type TestDatabase } from '@ringback/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
const isSetUp = (block: string) => block.startsWith('npx');
const key = 'a-key-for-the-readme-test';

let database: TestDatabase;
let running: Running;
beforeAll(async () => {
  database = await createTestDatabase();
  const environment = { DATABASE_URL: database.url, PORT: '0', BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'silent' };
  running = await runServices(services, { name: 'readme', environment });
});
afterAll(async () => {
  await running?.stop();
  await database?.drop();
});

describe('the README', () => {
  it('shows commands that work, one after the other', async () => {
    const script = blocks.filter((block) => !isSetUp(block)).join('\n');
    const environment = { ...process.env, RINGBACK: running.url, RINGBACK_KEY: key };
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      env: environment,
    });
    expect(stdout).not.toContain('"type":"/problems/');
    expect(stdout).toContain('"state":"running"');
    expect(stdout).toContain('We promised a first response');
    expect(stdout).toContain('"acknowledgedAt":"2');
    expect(stdout).toContain('whsec_');
    // A call is answered for before it is interpreted; a reader is slower than that, this script may not be.
    const client = createHttpClient(running.url, key);
    await eventually(async () => {
      const { body } = await client.get('/v1/queue');
      expect(JSON.stringify(body)).toContain('Call from +442079460000');
    });
  });

  it('uses only options that curl 7.68 has, as Ubuntu 20.04 ships it', () => {
    const known = new Set(['-sS', '-H', '-X', '-d', '--max-time']);
    const curls = blocks
      .filter((block) => !isSetUp(block))
      .join('\n')
      .replaceAll(/'[^']*'|"[^"]*"/g, '')
      .split('\n')
      .filter((line) => /\b(?:ask|curl) /.test(line))
      .map((line) => line.replace(/\|.*$/, ''));
    const options = curls.flatMap((line) => [...line.matchAll(/(?<=\s)--?[a-zA-Z][\w-]*/g)].map(String));
    expect(options.length).toBeGreaterThan(10);
    expect(options.filter((option) => !known.has(option))).toEqual([]);
  });

  it('names only commands that there are', () => {
    const { scripts, packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
    for (const [, pnpm, name] of readme.matchAll(/npx -y (pnpm@[\d.]+) (\w+)/g)) {
      expect(packageManager).toBe(pnpm);
      expect(Object.keys(scripts)).toContain(name);
    }
    for (const [, name] of readme.matchAll(/`pnpm ([\w-]+)/g)) expect(Object.keys(scripts)).toContain(name);
  });
});
