/**
 * Every problem that Ringback answers with (RFC 9457), declared once. The code is stable: clients may rely on it.
 * The type URI is `/problems/<code>`, which answers with the description.
 */
export const problems = {
  'malformed-request': {
    status: 400,
    title: 'The request cannot be read',
    description: 'The body is not JSON, or a header has a form that is not allowed.',
  },
  'idempotency-key-invalid': {
    status: 400,
    title: 'The Idempotency-Key is not usable',
    description: 'It has 1 to 200 printable characters, in quotes or without.',
  },
  unauthenticated: {
    status: 401,
    title: 'An API key is needed',
    description:
      'Send `Authorization: Bearer <key>` with a key that is known and has neither expired nor been revoked.',
  },
  forbidden: {
    status: 403,
    title: 'The API key may not do this',
    description: 'The key lacks the scope that is named, or is a customer’s own key.',
  },
  'not-found': {
    status: 404,
    title: 'There is nothing here',
    description: 'The address is not known, or what it names does not exist or is not yours.',
  },
  'ticket-not-found': {
    status: 404,
    title: 'There is no such ticket',
    description: 'No ticket has this id or reference, or it is another customer’s.',
  },
  'clock-not-found': {
    status: 404,
    title: 'There is no such clock',
    description: 'The ticket has no clock of this objective and occurrence.',
  },
  'catalog-not-found': {
    status: 404,
    title: 'There is no such catalog',
    description: 'No catalog with this id, or this version of it, was published.',
  },
  'customer-not-found': {
    status: 404,
    title: 'There is no such customer',
    description: 'No customer has this id.',
  },
  'contract-not-found': {
    status: 404,
    title: 'There is no such contract',
    description: 'No contract has this id.',
  },
  'calendar-not-found': {
    status: 404,
    title: 'There is no such calendar',
    description: 'Name it as `catalog.calendar`; the catalog must have that calendar.',
  },
  'integration-not-found': {
    status: 404,
    title: 'There is no such integration',
    description: 'No integration has this id, or the webhook’s address is not known.',
  },
  'subscription-not-found': {
    status: 404,
    title: 'There is no such subscription',
    description: 'No subscription has this id.',
  },
  'on-call-not-found': {
    status: 404,
    title: 'There is no such on-call entry',
    description: 'No on-call entry has this id.',
  },
  'api-key-not-found': {
    status: 404,
    title: 'There is no such API key',
    description: 'No API key has this id.',
  },
  'delivery-not-found': {
    status: 404,
    title: 'There is no such delivery',
    description: 'No inbound delivery has this id.',
  },
  'notification-not-found': {
    status: 404,
    title: 'There is no such notification',
    description: 'No notification has this id.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'This method is not known here',
    description: 'The address exists; the `Allow` header names its methods.',
  },
  'state-conflict': {
    status: 409,
    title: 'The ticket’s state does not allow this',
    description: 'The answer names the state and the commands that it allows.',
  },
  'idempotency-key-reused': {
    status: 409,
    title: 'This Idempotency-Key was used for something else',
    description: 'The same key came with another address or body before. Use a new key.',
  },
  'already-exists': {
    status: 409,
    title: 'This exists already',
    description: 'Something with this id or for this date is there already.',
  },
  'replay-refused': {
    status: 409,
    title: 'This cannot be tried again',
    description: 'Only what has failed can be tried again.',
  },
  conflict: {
    status: 409,
    title: 'Somebody else changed this at the same time',
    description: 'It changed repeatedly while the request was handled. Try once more.',
  },
  'feed-position-unknown': {
    status: 410,
    title: 'The feed cannot be resumed from this position',
    description:
      'The position is beyond the end of the log or belongs to another log, because the log was restored. Read your ' +
      'copy again, for example with `GET /v1/tickets`, then open the feed with the `Ringback-Position` and the ' +
      '`Ringback-Log` of that answer.',
  },
  'version-mismatch': {
    status: 412,
    title: 'The version is not the one expected',
    description: 'The `If-Match` header does not name the present version; the answer does.',
  },
  'precondition-failed': {
    status: 412,
    title: 'It exists already',
    description:
      'The request says `If-None-Match: *`: it makes something new, and never changes what is there.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    description:
      'The headers `RateLimit-Policy` and `RateLimit` tell the limit. Try again after `Retry-After` seconds.',
  },
  'payload-too-large': {
    status: 413,
    title: 'The request is too large',
    description: 'A body has at most 1 MiB.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'This content type is not read here',
    description: 'Send `application/json`, or what the route’s description names.',
  },
  'validation-failed': {
    status: 422,
    title: 'The request is not valid',
    description: 'Each entry of `errors` points at a field and says what is allowed.',
  },
  'catalog-invalid': {
    status: 422,
    title: 'The catalog is not valid',
    description: 'Each entry of `errors` names line, column, path and what is allowed.',
  },
  'computation-too-large': {
    status: 422,
    title: 'The computation takes too much time or memory',
    description:
      'The answer would take longer, or more memory, than one request may have. Ask for a shorter period, fewer ' +
      'events, windows, holidays or exceptions.',
  },
  'too-many-computations': {
    status: 429,
    title: 'Too many computations of this key are waiting',
    description:
      'Computations of one key wait for each other. Wait for answers before you ask for more; try again after ' +
      '`Retry-After` seconds.',
  },
  'too-many-feeds': {
    status: 429,
    title: 'This key has too many feeds open',
    description:
      'Close one, or retry after `Retry-After` seconds. `FEEDS_PER_KEY` sets the limit; administrators’ keys have none.',
  },
  'internal-error': {
    status: 500,
    title: 'Something went wrong here',
    description: 'It is our fault and was logged under the request id.',
  },
  unavailable: {
    status: 503,
    title: 'The service is not available just now',
    description: 'It starts, drains, or cannot reach its database. Try again after `Retry-After` seconds.',
  },
} as const satisfies { [code: string]: { status: number; title: string; description: string } };

export type ProblemCode = keyof typeof problems;

/** One field at fault: a JSON Pointer (`#/body/…` parts are named `/body`, `/query`, `/params`) and what is allowed. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** A problem names this many faults at most: a small request must not have a large answer. */
export const mostErrors = 100;
