/**
 * The whole gate: types, style, import direction and unused code side by side, then every test.
 * `pnpm test PATH …` runs the tests below those paths only. The last line counts the tests: `N passed, N failed`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '@ringback/service-kit/command-line';
import { type TestReport, testsWithoutKafka } from '@ringback/test-kit/kafka';

const checks: [name: string, command: string, ...args: string[]][] = [
  ['types', 'tsc', '--noEmit'],
  ['style', 'biome', 'check', '--error-on-warnings', '--colors=off'],
  [
    'imports',
    'depcruise',
    '--config',
    '.dependency-cruiser.json',
    'packages',
    'services',
    'bench',
    'demo',
    'scripts',
    'infra',
  ],
  ['unused', 'knip', '--no-progress'],
];

const write = (text: string) => process.stdout.write(text);

function run(command: string, args: string[], inherit: boolean): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

async function runChecks(): Promise<number> {
  const results = await Promise.all(
    checks.map(async ([name, command, ...args]) => ({ name, ...(await run(command, args, false)) })),
  );
  for (const { name, code, output } of results) {
    write(`${code === 0 ? '✓' : '✗'} ${name}\n`);
    if (code !== 0) write(`${output}\n`);
  }
  return results.filter(({ code }) => code !== 0).length;
}

interface Summary extends TestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numFailedTestSuites: number;
}

async function runTests(paths: string[]): Promise<{ summary: Summary | null; code: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-test-'));
  const file = join(folder, 'summary.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const { code } = await run('vitest', ['run', ...reporters, ...paths], true);
  try {
    return { summary: JSON.parse(readFileSync(file, 'utf8')) as Summary, code };
  } catch {
    return { summary: null, code };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runAll(paths: string[]): Promise<void> {
  const failedChecks = await runChecks();
  const { summary, code } = await runTests(paths);
  if (failedChecks > 0) write(`\n${failedChecks} of ${checks.length} checks failed, see above\n`);
  const withoutKafka = summary === null ? [] : testsWithoutKafka(summary);
  if (withoutKafka.length > 0) {
    write(`\nThese tests did not run, there was no Kafka for them:\n${withoutKafka.join('\n')}\n`);
  }
  // Who works without a Kafka may; what is delivered is tested on one.
  const failedForKafka = process.env.CI === undefined || process.env.CI === '' ? 0 : withoutKafka.length;
  let failed = 1;
  if (summary === null) {
    write('\nThe tests did not run to their end.\n');
  } else {
    const others = summary.numPendingTests - failedForKafka;
    const skipped = others > 0 ? `, ${others} skipped` : '';
    failed = Math.max(summary.numFailedTests, code === 0 ? 0 : 1) + failedChecks + failedForKafka;
    write(`\n${summary.numPassedTests} passed, ${failed} failed${skipped}\n`);
  }
  // Both count: what the runner says of itself, and what it says of each test.
  process.exitCode = failed > 0 ? 1 : 0;
}

const usage = `pnpm test [PATH …]

Checks types, style, imports and unused code, then runs every test, or those below the given paths. The last line counts
them. Single tests: node_modules/.bin/vitest run PATH -t NAME.`;
const read = readArguments({ usage, takesNames: true });
if (read !== null) await runAll(read.names);
