import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../', import.meta.url);
const text = readFileSync(new URL('CONTRIBUTING.md', root), 'utf8');

/** Within a checklist a second file is named from the folder of the first. */
const folders = [
  '',
  'packages/domain/src/ticket/commands/',
  'packages/domain/src/ticket/',
  'packages/domain/src/administration/',
];
/** An example of each placeholder that there is. */
const examples = { NAME: 'zammad-cti', SERVICE: 'query', FEATURE: 'boards' };

it('The checklists name files and folders that there are.', () => {
  const named = [...text.matchAll(/`([\w./-]+(?:\.\w+|\/))`/g)].map(([, path = '']) => path);
  expect(named.length).toBeGreaterThan(20);
  for (const path of named) {
    const filled = path.replaceAll(/[A-Z]{4,}/g, (word) => examples[word as keyof typeof examples] ?? word);
    const isThere = folders.some((folder) => existsSync(new URL(`${folder}${filled}`, root)));
    const isModel = /notification\/src\/channels\/zammad|catalogs\/zammad|\.test\.ts$/.test(filled);
    expect([path, isThere || isModel]).toEqual([path, true]);
  }
});
