/**
 * `pnpm fuzz NAME [--seed S] [--count N]`: sends generated requests to a server of its own, and exits with 1 when it
 * finds a fault. The seed is printed; the same seed draws the same requests.
 */
import { parseArgs } from 'node:util';
import { fuzzRoutes } from './fuzz/routes.ts';

interface FuzzOptions {
  seed: number;
  /** How many; what of is up to each. */
  count: number | null;
  write(text: string): void;
}

/** Each resolves with whether nothing was found. */
const fuzzes: { [name: string]: (options: FuzzOptions) => Promise<boolean> } = { routes: fuzzRoutes };

const { values, positionals } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: { seed: { type: 'string' }, count: { type: 'string' } },
  allowPositionals: true,
});
const [name = ''] = positionals;
const fuzz = Object.hasOwn(fuzzes, name) ? fuzzes[name] : undefined;
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const count = values.count === undefined ? null : Number(values.count);
if (fuzz === undefined || !Number.isInteger(seed) || (count !== null && !(count > 0))) {
  process.stderr.write(
    `Usage: pnpm fuzz NAME [--seed S] [--count N]. Names: ${Object.keys(fuzzes).join(', ')}.\n`,
  );
  process.exitCode = 2;
} else {
  const write = (text: string) => process.stdout.write(text);
  write(`seed ${seed}\n`);
  process.exitCode = (await fuzz({ seed, count, write })) ? 0 : 1;
}
