import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const source = new URL('run-main.ts', import.meta.url).href;

/** A program whose `start` is this code. */
async function runProgram(start: string, args: string[] = []) {
  const program = `
    import { runMain } from ${JSON.stringify(source)};
    await runMain('pnpm program\\n\\nDoes something.', async () => { ${start} });`;
  return await promisify(execFile)(process.execPath, [
    '--input-type=module',
    '-e',
    program,
    '--',
    'program',
    ...args,
  ]).then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe('a fault while starting', () => {
  it.each([
    ['that is thrown', `throw new Error('broken');`],
    ['that is not an Error', `throw 'broken';`],
    [
      'that is thrown in a callback',
      `setTimeout(() => { throw new Error('broken'); }); await new Promise(() => {});`,
    ],
    [
      'that is a rejection no one handles',
      `void Promise.reject(new Error('broken')); await new Promise(() => {});`,
    ],
    [
      'that is found after it',
      `return { logger: { info() {}, fatal() {} }, failed: Promise.resolve(new Error('broken')), async stop() {} };`,
    ],
  ])('%s is printed, and the process exits with 1', async (_name, start) => {
    const { code, stderr } = await runProgram(`setInterval(() => {}, 1_000); ${start}`);
    expect([code, stderr]).toEqual([1, expect.stringContaining('broken')]);
  });
});

describe('the arguments of a program', () => {
  it.each(['--help', '-h'])('%s prints the usage and runs nothing', async (argument) => {
    const result = await runProgram(`throw new Error('it runs');`, [argument]);
    expect(result).toEqual({ code: 0, stdout: 'pnpm program\n\nDoes something.\n', stderr: '' });
  });

  it.each(['--nope', 'nope'])('%s is refused with the usage', async (argument) => {
    const { code, stderr } = await runProgram(`throw new Error('it runs');`, [argument]);
    expect(code).toBe(2);
    expect(stderr).toContain(argument);
    expect(stderr).toContain('Does something.');
    expect(stderr).not.toContain('it runs');
  });
});
