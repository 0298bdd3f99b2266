import fc from 'fast-check';
import type { Operation } from './operations.ts';
import {
  assemble,
  type Change,
  type Parts,
  type WalkRequest,
  type Wrong,
  withoutHeader,
} from './requests.ts';
import { malformedEntityTags, malformedIdempotencyKeys } from './values/nasty-values.ts';
import { plain, type ValueContext } from './values/valid-values.ts';
import { type Violation, violationsOf } from './violations.ts';

const json = 'application/json';
const malformedBodies = [
  ...['{', '{"a":1,}', '[1', 'nonsense', '{"a":"\u0000"}', "{'a':1}", '{"__proto__":{}}', '\ufeff\ufeff{}'],
];
const otherTypes = ['text/plain', 'application/xml', 'application/jsonp', 'nonsense', 'application/json/x'];

interface Way {
  change: fc.Arbitrary<Change>;
  wrong: Wrong;
}

/** Plain requests with one thing wrong in address, query, headers or body; null when nothing can be. */
export function brokenRequestsOf(
  operation: Operation,
  context: ValueContext,
  valid: fc.Arbitrary<Parts>,
): fc.Arbitrary<WalkRequest> | null {
  // What needs no key stores whatever comes.
  if (!operation.needsKey) return null;
  // Of each group one as often as of another: a body has a hundred ways to be wrong, a header one.
  const groups = [
    parameterWays(operation, context),
    bodyWays(operation, context),
    unreadableWays(operation),
    headerWays(operation),
  ].filter((ways) => ways.length > 0);
  if (groups.length === 0) return null;
  return fc.oneof(
    ...groups.map((ways) =>
      fc
        .constantFrom(...ways)
        .chain(({ change, wrong }) =>
          fc
            .tuple(valid, change)
            .map(([parts, apply]) => assemble(operation, 'invalid', apply(parts), wrong)),
        ),
    ),
  );
}

const describe = ({ keyword, path }: Violation, place: string) =>
  `${keyword} at ${[place, ...path].join('/')}`;

function parameterWays(operation: Operation, context: ValueContext): Way[] {
  const ways: Way[] = [];
  for (const { name, in: place, schema } of operation.parameters) {
    if (place === 'header') continue;
    const pointer = `${place === 'path' ? '/params' : '/query'}/${name}`;
    for (const each of violationsOf(schema, context, plain, true)) {
      if (place === 'path' && each.keyword === 'minLength') continue;
      const change = each.values
        .map(String)
        .filter((text) => place !== 'path' || text !== '')
        .map(
          (text): Change =>
            (parts) => ({ ...parts, [place]: { ...parts[place], [name]: text } }),
        );
      // An id longer than any names nothing, which is said before what is wrong with it.
      const statuses = place === 'path' ? [422, 404] : [422];
      ways.push({ change, wrong: { pointer, why: describe(each, pointer), statuses } });
    }
  }
  if (operation.needsKey) {
    const change: Change = (parts) => ({ ...parts, query: { ...parts.query, unheardOf: '1' } });
    const wrong = { pointer: '/query/unheardOf', why: 'a query parameter that is unknown', statuses: [422] };
    ways.push({ change: fc.constant(change), wrong });
  }
  return ways;
}

function bodyWays({ bodies }: Operation, context: ValueContext): Way[] {
  const schema = bodies[json];
  if (schema === undefined) return [];
  return violationsOf(schema, context, plain).map((each) => ({
    change: each.values.map(
      (value): Change =>
        (parts) => ({ ...parts, body: { type: json, text: JSON.stringify(value) } }),
    ),
    wrong: { pointer: ['/body', ...each.path].join('/'), why: describe(each, '/body'), statuses: [422] },
  }));
}

function unreadableWays({ bodies }: Operation): Way[] {
  // A route that reads other types too judges them by itself.
  if (!Object.hasOwn(bodies, json) || Object.keys(bodies).length > 1) return [];
  const changeOf = (type: string, text?: string) =>
    fc.constant<Change>((parts) => ({ ...parts, body: { type, text: text ?? parts.body?.text ?? '{}' } }));
  return [
    ...malformedBodies.map((text) => ({
      change: changeOf(json, text),
      wrong: { pointer: null, why: `the body ${JSON.stringify(text)}`, statuses: [400] },
    })),
    ...otherTypes
      .filter((type) => !Object.hasOwn(bodies, type))
      .map((type) => ({
        change: changeOf(type),
        wrong: { pointer: null, why: `the content type ${type}`, statuses: [415] },
      })),
  ];
}

function headerWays({ parameters }: Operation): Way[] {
  return (
    [
      ['if-match', malformedEntityTags],
      ['idempotency-key', malformedIdempotencyKeys],
    ] as const
  ).flatMap(([name, values]) =>
    parameters.some((each) => each.in === 'header' && each.name.toLowerCase() === name)
      ? [
          {
            change: values.map(
              (value): Change =>
                (parts) => ({ ...parts, headers: { ...withoutHeader(parts.headers, name), [name]: value } }),
            ),
            wrong: { pointer: null, why: `the header ${name}`, statuses: [400] },
          },
        ]
      : [],
  );
}
