import fc from 'fast-check';

interface Mutation {
  kind: 'truncate' | 'flip' | 'insert' | 'delete' | 'repeat';
  /** Shares of the length, 0 to 1. */
  at: number;
  size: number;
  token: string;
}

/** What the grammars of the bodies are made of. */
const tokens = [
  '\r\n',
  '\n',
  '\r',
  '--',
  '--x',
  '\r\n--x\r\n',
  '\r\n--x--',
  'Content-Disposition: form-data',
  '; name=',
  '"',
  '\\',
  ':',
  ';',
  '=',
  '&',
  '%',
  '+',
  '{',
  '}',
  '[',
  ']',
  ',',
  '\0',
  '\ufeff',
  '\ud83d',
  '1e999',
  'null',
  '\\u0000',
  '\\ud800',
];

/** None for half of all, for most faults lie near what is right. */
export const mutations: fc.Arbitrary<Mutation[]> = fc.oneof(
  fc.constant<Mutation[]>([]),
  fc.array(
    fc.record({
      kind: fc.constantFrom('truncate', 'flip', 'insert', 'delete', 'repeat'),
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      size: fc.double({ min: 0, max: 0.3, noNaN: true }),
      token: fc.constantFrom(...tokens),
    }),
    { minLength: 1, maxLength: 4 },
  ),
);

const longest = 1_040_000;

export function mutate(body: Buffer, all: Mutation[]): Buffer {
  return all.reduce(mutateOnce, body).subarray(0, longest);
}

function mutateOnce(body: Buffer, { kind, at, size, token }: Mutation): Buffer {
  const begin = Math.floor(at * body.length);
  const end = Math.min(body.length, begin + Math.ceil(size * body.length));
  switch (kind) {
    case 'truncate':
      return body.subarray(0, begin);
    case 'flip': {
      const copy = Buffer.from(body);
      if (begin < copy.length) copy[begin] = (copy[begin] as number) ^ (1 << Math.floor(size * 26));
      return copy;
    }
    case 'insert':
      return Buffer.concat([body.subarray(0, begin), Buffer.from(token), body.subarray(begin)]);
    case 'delete':
      return Buffer.concat([body.subarray(0, begin), body.subarray(end)]);
    case 'repeat':
      return Buffer.concat([body.subarray(0, end), body.subarray(begin)]);
  }
}
