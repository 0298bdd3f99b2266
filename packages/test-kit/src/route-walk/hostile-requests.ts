import fc from 'fast-check';
import type { Operation } from './operations.ts';
import {
  assemble,
  type Change,
  onlySendable,
  type Parts,
  type WalkRequest,
  withoutHeader,
} from './requests.ts';
import {
  edgeInstants,
  malformedEntityTags,
  malformedIdempotencyKeys,
  nastyJson,
  nastyText,
  unusualQueries,
} from './values/nasty-values.ts';

const json = 'application/json';
const text = fc.oneof(nastyText, edgeInstants);
/** A longer address is refused by Node itself. */
const longestSegment = 2_000;
const rawBodies = [
  '['.repeat(100_000),
  '{"a":'.repeat(50_000),
  '"\\ud800"',
  '1'.repeat(100_000),
  '{}{}',
  '\u0000',
];
const contentTypes = [
  ...[
    'application/json; charset=utf-16',
    'application/json; charset=nonsense',
    'multipart/form-data; boundary=x',
  ],
  ...['multipart/form-data', 'application/x-www-form-urlencoded', 'application/yaml', ''],
];
const headerNames = [
  ...[
    'if-match',
    'if-none-match',
    'idempotency-key',
    'last-event-id',
    'x-request-id',
    'accept',
    'authorization',
  ],
  ...['x-forwarded-for', 'x-http-method-override', 'content-encoding', 'range', 'cookie', 'accept-encoding'],
];

/** Requests in which one thing is what no honest client sends. */
export function hostileRequestsOf(
  operation: Operation,
  valid: fc.Arbitrary<Parts>,
): fc.Arbitrary<WalkRequest> {
  const changes: fc.Arbitrary<Change>[] = [hostileHeaders, ...hostileValues(operation)];
  if (operation.method !== 'GET') changes.push(hostileBodies);
  const changed = fc
    .tuple(valid, fc.oneof(...changes))
    .map(([parts, apply]) => assemble(operation, 'hostile', apply(parts)));
  const queried = fc.tuple(valid, unusualQueries).map(([parts, query]) => {
    const request = assemble(operation, 'hostile', parts);
    return { ...request, path: `${request.path.split('?')[0]}?${query}` };
  });
  return fc.oneof({ weight: 5, arbitrary: changed }, { weight: 1, arbitrary: queried });
}

function hostileValues({ parameters }: Operation): fc.Arbitrary<Change>[] {
  const those = parameters.flatMap(({ name, in: place }) => (place === 'header' ? [] : [{ name, place }]));
  if (those.length === 0) return [];
  return [
    fc.tuple(fc.constantFrom(...those), text).map(
      ([{ name, place }, value]): Change =>
        (parts) => ({
          ...parts,
          [place]: { ...parts[place], [name]: value === '' ? '%' : value.slice(0, longestSegment) },
        }),
    ),
  ];
}

const hostileHeaders: fc.Arbitrary<Change> = fc
  .tuple(
    fc.constantFrom(...headerNames),
    fc.oneof(
      malformedEntityTags,
      malformedIdempotencyKeys,
      nastyText.map((value) => value.slice(0, 300)),
    ),
  )
  .map(([name, value]) => (parts) => ({
    ...parts,
    headers: onlySendable({ ...withoutHeader(parts.headers, name), [name]: value }),
  }));

const withBody =
  (type: string, body: string): Change =>
  (parts) => ({ ...parts, body: { type, text: body } });

const hostileBodies: fc.Arbitrary<Change> = fc.oneof(
  nastyJson.map((value) => withBody(json, JSON.stringify(value))),
  fc.tuple(fc.nat(20), nastyJson).map(
    ([nth, value]): Change =>
      (parts) =>
        replaceNth(parts, nth, value),
  ),
  fc.constantFrom(...rawBodies).map((body) => withBody(json, body)),
  fc.tuple(fc.constantFrom(...contentTypes), text).map(([type, body]) => withBody(type, body)),
);

/** A valid body in which one value, somewhere, is another. */
function replaceNth(parts: Parts, nth: number, value: unknown): Parts {
  if (parts.body?.type !== json) return parts;
  let left = nth;
  const changed = JSON.parse(parts.body.text, (_, each: unknown) => {
    left -= 1;
    return left === 0 ? value : each;
  });
  return withBody(json, JSON.stringify(changed) ?? '')(parts);
}
