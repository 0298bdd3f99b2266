interface Operation {
  security?: unknown[];
  responses?: { [status: string]: { headers?: { [name: string]: object } } };
}

interface Description {
  paths?: { [path: string]: { [method: string]: Operation } };
  components?: { headers?: { [name: string]: object } };
}

const text = (description: string, example: string) => ({ description, schema: { type: 'string', example } });

/** Every header of an answer that a client may use, once. */
const headers = {
  'X-Request-Id': text('Names the request in the logs; that of the request, where it sent one.', 'c1f5…'),
  ETag: text('The version; send it as `If-Match` to change what was read and nothing newer.', '"3"'),
  Location: text('The address of what was made.', '/v1/tickets/…'),
  'Retry-After': text('Seconds after which the request may be sent again.', '2'),
  RateLimit: text('What is left of the limit of this key; absent where it has none.', '"minute";r=59;t=1'),
  'RateLimit-Policy': text('The limit of this key; absent where it has none.', '"minute";q=60;w=60'),
  'Ringback-Position': text('The position of the log that the answer reflects.', '4711'),
  'Ringback-Log': text('The log that the position belongs to.', 'f3a9…'),
} as const;
type Header = keyof typeof headers;

/** Adds to each answer of an OpenAPI document the headers that it can carry. Changes the given document. */
export function describeHeaders<T extends object>(description: T): T {
  const { paths = {}, components = {} } = description as Description;
  for (const [path, methods] of Object.entries(paths)) {
    for (const operation of Object.values(methods)) {
      for (const [status, answer] of Object.entries(operation.responses ?? {})) {
        const names = headersOf(path, status, operation);
        answer.headers = Object.fromEntries(
          names.map((name) => [name, { $ref: `#/components/headers/${name}` }]),
        );
      }
    }
  }
  Object.assign(description, { components: { ...components, headers } });
  return description;
}

function headersOf(path: string, status: string, { security }: Operation): Header[] {
  const isPublic = security !== undefined && security.length === 0;
  const isGood = status.startsWith('2');
  const isOfOne = path.includes('{') || status === '201';
  return [
    'X-Request-Id',
    ...(isPublic ? [] : (['RateLimit', 'RateLimit-Policy', 'Ringback-Position', 'Ringback-Log'] as const)),
    ...(status === '201' ? (['Location'] as const) : []),
    ...((isGood && isOfOne && !isPublic) || status === '412' ? (['ETag'] as const) : []),
    ...(status === '429' || status === '503' ? (['Retry-After'] as const) : []),
  ];
}
