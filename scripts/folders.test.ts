import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const most = 12;
const isSource = (name: string) => /\.(ts|js|yaml|yml|sql)$/.test(name) && !name.includes('.test.');

/** Every folder below `path` with how many source files it has; tests stand by what they test and do not count. */
function* foldersBelow(path: string): Generator<[path: string, files: number]> {
  const entries = readdirSync(`${root}${path}`, { withFileTypes: true });
  yield [path, entries.filter((entry) => entry.isFile() && isSource(entry.name)).length];
  for (const entry of entries) {
    const isOurs = entry.isDirectory() && !['node_modules', 'fixtures'].includes(entry.name);
    if (isOurs) yield* foldersBelow(`${path}/${entry.name}`);
  }
}

it('No folder holds more than a dozen source files, so that its listing can be read at a glance.', () => {
  const roots = ['packages', 'services', 'infra', 'scripts', 'bench', 'demo', 'catalogs'];
  const folders = roots.flatMap((each) => [...foldersBelow(each)]);
  expect(folders.length).toBeGreaterThan(50);
  expect(folders.filter(([, files]) => files > most)).toEqual([]);
});
