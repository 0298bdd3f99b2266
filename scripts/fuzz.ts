/** `pnpm fuzz NAME [--cases N] [--seed N]`: random input for a server of its own. Exit code 1 when it finds a fault. */
import { parseArgs } from 'node:util';
import type { Fuzz } from './fuzz/fuzz.ts';

const fuzzes: { readonly [name: string]: () => Promise<{ fuzz: Fuzz }> } = {
  routes: () => import('./fuzz/routes.ts'),
  schemathesis: () => import('./fuzz/schemathesis.ts'),
  webhooks: () => import('./fuzz/webhooks.ts'),
};
const usage = `pnpm fuzz NAME [--cases N] [--seed N]: NAME is one of ${Object.keys(fuzzes).join(', ')}\n`;
const largestSeed = 2 ** 31;

function readArguments(): { name: string; cases: number | null; seed: number } | null {
  try {
    const { values, positionals } = parseArgs({
      args: process.argv.slice(2).filter((argument) => argument !== '--'),
      options: { cases: { type: 'string' }, seed: { type: 'string' } },
      allowPositionals: true,
    });
    const [name = ''] = positionals;
    const cases = values.cases === undefined ? null : Number(values.cases);
    const seed = values.seed === undefined ? Math.floor(Math.random() * largestSeed) : Number(values.seed);
    const isValid = (cases === null || (Number.isInteger(cases) && cases > 0)) && Number.isInteger(seed);
    return Object.hasOwn(fuzzes, name) && positionals.length === 1 && isValid ? { name, cases, seed } : null;
  } catch {
    return null;
  }
}

const wanted = readArguments();
const load = fuzzes[wanted?.name ?? ''];
if (wanted === null || load === undefined) {
  process.stderr.write(usage);
  process.exitCode = 2;
} else {
  const { fuzz } = await load();
  const write = (line: string) => process.stdout.write(`${line}\n`);
  if (!(await fuzz({ cases: wanted.cases, seed: wanted.seed, write }))) process.exitCode = 1;
}
