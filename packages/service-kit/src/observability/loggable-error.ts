import { maskSecrets } from './mask-secrets.ts';

/** Of an error's own fields those that say what happened; PostgreSQL's `detail` quotes rows. */
const fields = [
  'code',
  'errno',
  'syscall',
  'address',
  'port',
  'statusCode',
  'severity',
  'routine',
  'schema',
  'table',
  'column',
  'constraint',
] as const;
const deepestCause = 3;
const mostErrors = 5;

/** An error as it may stand in a log: its type, message, stack and cause, and what else is on the allow-list. */
export function describeError(error: unknown, depth = 0): { [field: string]: unknown } {
  if (!(error instanceof Error)) return { type: typeof error, message: maskSecrets(String(error)) };
  const described: { [field: string]: unknown } = {
    type: error.name,
    message: maskSecrets(error.message),
    stack: maskSecrets(error.stack ?? ''),
  };
  const own = error as unknown as { [field: string]: unknown };
  for (const field of fields) {
    const value = own[field];
    if (typeof value === 'string') described[field] = maskSecrets(value);
    else if (typeof value === 'number') described[field] = value;
  }
  if (depth >= deepestCause) return described;
  if (error.cause !== undefined) described.cause = describeError(error.cause, depth + 1);
  if (error instanceof AggregateError) {
    described.errors = error.errors.slice(0, mostErrors).map((each) => describeError(each, depth + 1));
  }
  return described;
}
