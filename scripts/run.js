/**
 * `node scripts/run.js FILE …`: runs a program of ours. Plain JavaScript: a Node that cannot run TypeScript says so here,
 * in a sentence, before it meets the first `.ts`.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const neededMajor = 24;
const [, , file = '', ...rest] = process.argv;

if (Number.parseInt(process.versions.node, 10) < neededMajor) {
  process.stderr.write(
    `Ringback needs Node ${neededMajor} or later; this is Node ${process.versions.node} (${process.execPath}).\n` +
      'Its commands bring the right one: npx -y pnpm@10.34.8 start\n',
  );
  process.exitCode = 1;
} else {
  const program = resolve(file);
  process.argv = [process.execPath, program, ...rest];
  await import(pathToFileURL(program).href);
}
