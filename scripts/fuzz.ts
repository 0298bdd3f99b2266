/** `pnpm fuzz NAME [--cases N] [--seed N]`: random input for a server of its own. Exit code 1 when it finds a fault. */
import { readArguments, refuseArguments } from '@ringback/service-kit/command-line';
import type { Fuzz } from './fuzz/fuzz.ts';

const fuzzes: { readonly [name: string]: () => Promise<{ fuzz: Fuzz }> } = {
  routes: () => import('./fuzz/routes.ts'),
  schemathesis: () => import('./fuzz/schemathesis.ts'),
  webhooks: () => import('./fuzz/webhooks.ts'),
};
const usage = `pnpm fuzz NAME [--cases N] [--seed N]: NAME is one of ${Object.keys(fuzzes).join(', ')}\n`;
const largestSeed = 2 ** 31;

function readWanted(): { load: () => Promise<{ fuzz: Fuzz }>; cases: number | null; seed: number } | null {
  const options = { cases: { type: 'string' }, seed: { type: 'string' } } as const;
  const read = readArguments({ usage, options, takesNames: true });
  if (read === null) return null;
  const { values, names } = read;
  const load = Object.hasOwn(fuzzes, names[0] ?? '') ? fuzzes[names[0] ?? ''] : undefined;
  const cases = values.cases === undefined ? null : Number(values.cases);
  const seed = values.seed === undefined ? Math.floor(Math.random() * largestSeed) : Number(values.seed);
  if (load === undefined || names.length !== 1) refuseArguments('NAME is missing or unknown', usage);
  else if (cases !== null && !(Number.isInteger(cases) && cases > 0))
    refuseArguments('--cases is a whole number from 1', usage);
  else if (!Number.isInteger(seed)) refuseArguments('--seed is a whole number', usage);
  else return { load, cases, seed };
  return null;
}

const wanted = readWanted();
if (wanted !== null) {
  const { fuzz } = await wanted.load();
  const write = (line: string) => process.stdout.write(`${line}\n`);
  if (!(await fuzz({ cases: wanted.cases, seed: wanted.seed, write }))) process.exitCode = 1;
}
