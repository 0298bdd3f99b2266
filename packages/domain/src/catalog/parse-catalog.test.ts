import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CatalogInvalid, catalogJsonSchema, checkCatalog, parseCatalog } from './index.ts';

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

function invalidOf(text: string | object): CatalogInvalid | null {
  try {
    if (typeof text === 'string') parseCatalog(text, noCheck);
    else checkCatalog(text, noCheck);
  } catch (error) {
    if (error instanceof CatalogInvalid) return error;
    throw error;
  }
  return null;
}
const problemsOf = (text: string | object) => invalidOf(text)?.problems ?? [];

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
    ['indentation', Array.from({ length: 500 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
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
    expect(problemsOf('catalog: x\ncatalog: y')).toEqual([
      { line: 2, column: 1, path: '', message: 'the key "catalog" is there twice' },
    ]);
    expect(problemsOf('[a, b]: x')).toEqual([
      { line: 1, column: 1, path: '', message: 'a key must be plain text' },
    ]);
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

describe('a catalog in JSON', () => {
  const levels = parseCatalog(read('cat-levels.yaml'), noCheck);
  const text = JSON.stringify(levels, null, 2);

  it('is the same catalog as in YAML, as a text and as an object', () => {
    expect(parseCatalog(text, noCheck)).toEqual(levels);
    expect(checkCatalog(JSON.parse(text), noCheck)).toEqual(levels);
  });

  it('has each mistake named with its line and column', () => {
    const broken = text.replace('"max": "PT8H"', '"max": "soon"');
    const line = broken.split('\n').findIndex((each) => each.includes('"max": "soon"'));
    const column = (broken.split('\n')[line] ?? '').indexOf('"max"') + 1;
    const path = '/plans/cat-1/objectives/normal/0/max';
    expect(problemsOf(broken)).toMatchObject([{ line: line + 1, column, path }]);
    expect(problemsOf(JSON.parse(broken))).toMatchObject([{ line: 1, column: 1, path }]);
  });

  it('has a key once in an object', () => {
    expect(problemsOf('{"catalog": "x",\n "catalog": "y"}')).toEqual([
      { line: 2, column: 2, path: '', message: 'the key "catalog" is there twice' },
    ]);
  });

  it('has an error in its syntax named with its place', () => {
    const [problem] = problemsOf(text.replace('"timeZone"', '"timeZone'));
    expect(problem?.line).toBeGreaterThan(1);
    expect(problem?.path).toBe('');
  });
});

describe('a text that was made to cost much', () => {
  it('is refused by its length', () => {
    for (const long of [`catalog: ${'x'.repeat(262_144)}`, `{"catalog": "${'x'.repeat(262_144)}"}`]) {
      expect(problemsOf(long)).toEqual([
        { line: 1, column: 1, path: '', message: expect.stringMatching(/at most 262144$/) },
      ]);
    }
  });

  it('has at most a hundred of its mistakes named, and the others counted', () => {
    const anchors = '&a '.repeat(80_000);
    const unknown = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`key${index}`, index]));
    for (const each of [anchors, unknown, JSON.stringify(unknown), `[${','.repeat(50_000)}]`]) {
      const invalid = invalidOf(each);
      expect(invalid?.problems).toHaveLength(100);
      expect(invalid?.omitted).toBeGreaterThan(1_000);
      expect(invalid?.message.length).toBeLessThan(20_000);
      expect(invalid?.message).toContain(`and ${invalid?.omitted} more`);
    }
  });

  it('is refused for more aliases than a catalog has', () => {
    expect(problemsOf(`a: &a x\nb: [${'*a, '.repeat(101)}]`)).toEqual([
      { line: 1, column: 1, path: '', message: 'it has 101 aliases; a catalog has at most 100' },
    ]);
  });

  it('has bounds for all that a catalog lists', () => {
    const levels = parseCatalog(read('cat-levels.yaml'), noCheck);
    const many = <T>(count: number, value: T) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`x${index}`, value]));
    const windows = (count: number) => Array.from({ length: count }, () => ['09:00', '10:00']);
    const closed = { date: '2026-12-24', hours: [] };
    for (const [changed, path] of [
      [{ calendars: { working: { hours: { mon: windows(49) } } } }, '/calendars/working/hours/mon'],
      [
        { calendars: { working: { hours: {}, exceptions: Array.from({ length: 1_001 }, () => closed) } } },
        '/calendars/working/exceptions',
      ],
      [{ calendars: many(51, { hours: {} }) }, '/calendars'],
      [{ plans: many(201, { name: 'Plan' }) }, '/plans'],
      [{ priorities: many(101, { name: 'Priority', rank: 1 }) }, '/priorities'],
      [{ name: 'x'.repeat(501) }, '/name'],
    ] as const) {
      expect(problemsOf({ ...levels, ...changed }).map((problem) => problem.path)).toEqual([path]);
    }
    const full = { working: { hours: { mon: windows(48) } } };
    expect(problemsOf({ ...levels, calendars: full })).toEqual([]);
  });
});
