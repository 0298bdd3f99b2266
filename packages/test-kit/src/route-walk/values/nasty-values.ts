import fc from 'fast-check';

/** Text that has broken a program somewhere: U+0000, lone surrogates, invisible characters, names of prototypes. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    ...[
      '',
      ' ',
      '\t\n',
      '\u0000',
      'a\u0000b',
      '\ud800',
      'a\udfffb',
      '\u200b\u200d\ufeff',
      '\u202eabc',
      '\u00a0',
    ],
    ...['e\u0301'.repeat(40), 'Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢', '👩‍👩‍👧‍👦', '\uffff', '\u{10ffff}', '\r\nx-injected: 1'],
    ...[
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      'null',
      'undefined',
      'NaN',
      'true',
      '-0',
      '1e400',
    ],
    ...[
      "' or 1=1 --",
      '"; drop table log.events; --',
      '%',
      '_',
      '\\',
      '$(id)',
      '{{7*7}}',
      '<script>alert(1)</script>',
    ],
    ...[
      '../../etc/passwd',
      '.',
      '..',
      '/',
      '%2e%2e%2f',
      '%00',
      'file:///etc/passwd',
      'http://[::1]:0/',
      'a@b',
    ],
    ...[
      '+44 20 7946 0000',
      '00000000-0000-0000-0000-000000000000',
      '0x10',
      '１２',
      '٣',
      '９９９-9',
      'RB-0000-0000',
    ],
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.array(fc.nat(0xffff), { maxLength: 50 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(201, 5_000, 70_000, 900_000).map((length) => 'x'.repeat(length)),
);

/** Instants at the edges, well formed and not. */
export const edgeInstants: fc.Arbitrary<string> = fc.constantFrom(
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00Z'],
  ...['9999-12-31T23:59:59.999Z', '2038-01-19T03:14:08Z', '2199-12-31T23:59:59Z', '2024-02-29T12:00:00Z'],
  ...['2026-03-29T01:30:00+01:00', '2026-10-25T01:30:00+23:59', '2026-01-01T00:00:00.123456789Z'],
  ...[
    '2026-06-30T23:59:60Z',
    '2025-02-29T00:00:00Z',
    '2026-01-01',
    '2026-01-01T24:00:00Z',
    '+012026-01-01T00:00:00Z',
  ],
  ...['2026-01-01T00:00:00', '2026-01-01t00:00:00z', '20260101T000000Z', '1767225600000', '2026-W01-1'],
);

/** JSON that no route expects anywhere. */
export const nastyJson: fc.Arbitrary<unknown> = fc.oneof(
  nastyText,
  edgeInstants,
  fc.constantFrom<unknown>(null, true, false, 0, -1, 1.5, 1e308, -1e308, 5e-324, 2 ** 53, 2 ** 63, [], {}, [
    [],
  ]),
  fc.jsonValue({ maxDepth: 3 }),
  fc.constant(Array.from({ length: 3_000 }, () => ({}))),
  fc.constant(Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`k${index}`, index]))),
);

/** Header values that are no list of entity tags (RFC 9110, 13.1.1). */
export const malformedEntityTags: fc.Arbitrary<string> = fc.constantFrom(
  '3',
  '"3',
  '3"',
  'W/3',
  '"1",',
  '*, "1"',
  '{}',
);

/** Header values that are no idempotency key: too long, or not printable. */
export const malformedIdempotencyKeys: fc.Arbitrary<string> = fc.constantFrom(
  'x'.repeat(201),
  `"${'y'.repeat(201)}"`,
  'caf\u00e9',
  'a\tb',
);

/** Query strings that a parser may read in more than one way. */
export const unusualQueries: fc.Arbitrary<string> = fc.constantFrom(
  ...[
    'limit=1&limit=2',
    'limit[]=1',
    'limit[a]=1',
    'limit=%31',
    'limit=1;cursor=x',
    'limit=+1',
    'limit=1%00',
  ],
  ...[
    'limit=0x10',
    'limit=1e1',
    'limit=01',
    'limit',
    'limit=',
    '=',
    '&&&',
    '?',
    '__proto__=1',
    'constructor=1',
    'q=%',
  ],
  ...[
    'q=%zz',
    'q=%c3%28',
    'q=%ed%a0%80',
    'q=%00',
    'q=%E2%80%8B',
    `q=${'%25'.repeat(300)}`,
    'a=1&'.repeat(1_000),
  ],
);
