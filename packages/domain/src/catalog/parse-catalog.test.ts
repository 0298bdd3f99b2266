import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CatalogInvalid, catalogJsonSchema, parseCatalog } from './index.ts';

const shipped = [
  'set-rate-contract',
  'cat-levels',
  'technical-support-centre',
  'support-subscription',
  'contract-levels',
];
const folder = new URL('../../../../catalogs/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const noCheck = () => [];

function problemsOf(text: string) {
  try {
    parseCatalog(text, noCheck);
  } catch (error) {
    if (error instanceof CatalogInvalid) return error.problems;
    throw error;
  }
  return [];
}

describe('the shipped catalogs', () => {
  it.each(shipped)('%s is valid and named after its file', (name) => {
    expect(parseCatalog(read(`${name}.yaml`), noCheck).catalog).toBe(name);
  });

  it('have the published JSON Schema that the code validates by', () => {
    expect(JSON.parse(read('catalog.schema.json'))).toEqual(JSON.parse(JSON.stringify(catalogJsonSchema())));
  });
});

describe('a mistake in a catalog', () => {
  const levels = read('cat-levels.yaml');

  it('is named with its line, its path and what is allowed', () => {
    const broken = levels.replace('priorityChange: retain', 'priorityChange: keep');
    const line = broken.split('\n').indexOf('priorityChange: keep') + 1;
    expect(problemsOf(broken)).toEqual([
      { line, column: 1, path: '/priorityChange', message: expect.stringContaining('"retain"|"restart"') },
    ]);
  });

  it('is named when a field is not known', () => {
    const [problem] = problemsOf(levels.replace('timeZone: Europe/London', 'timezone: Europe/London'));
    expect(problem?.path).toBe('/timeZone');
    expect(problemsOf(`${levels}\nsurprise: 1\n`)).toEqual([
      {
        line: levels.split('\n').length + 1,
        column: 1,
        path: '/surprise',
        message: '"surprise" is not known here',
      },
    ]);
  });

  it.each([
    ['brackets', `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
    ['entries', `${'- '.repeat(5_000)}x`],
    ['indentation', Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('is that it nests without end, by %s', (_, text) => {
    expect(problemsOf(text)).toEqual([
      { line: 1, column: 1, path: '', message: 'it is nested deeper than 100 levels' },
    ]);
  });

  it('is named deep inside a list', () => {
    const broken = levels.replace('max: PT8H', 'max: 8 hours');
    const line = broken.split('\n').findIndex((text) => text.includes('max: 8 hours')) + 1;
    expect(problemsOf(broken)).toMatchObject([{ line, path: '/plans/cat-1/objectives/normal/0/max' }]);
  });

  it('all are named at once', () => {
    const broken = levels
      .replace('max: PT8H', 'max: soon')
      .replace('["07:00", "23:00"]', '["07:00", "25:00"]');
    expect(problemsOf(broken)).toHaveLength(2);
  });

  it('in the syntax is named with its line', () => {
    expect(problemsOf('catalog: x\nname: [')).toMatchObject([{ line: 2 }]);
    expect(problemsOf('catalog: x\ncatalog: y')[0]?.message).toContain('unique');
  });

  it('is what an alias bomb is', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [${'*b,'.repeat(20)}]`;
    expect(problemsOf(bomb)).toHaveLength(1);
  });

  it('found by the cross-check is placed too', () => {
    const check = () => [
      { path: ['plans', 'cat-1', 'objectives', 'normal', 0, 'calendar'], message: 'unknown' },
    ];
    expect(() => parseCatalog(levels, check)).toThrow(/line \d+, column 11, \/plans\/cat-1.*unknown/);
  });
});
