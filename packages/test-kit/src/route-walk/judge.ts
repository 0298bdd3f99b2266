import { createAnswerCheck, type RouteDescription } from '../http/route-description.ts';
import type { Operation } from './operations.ts';
import type { WalkRequest } from './requests.ts';
import type { WalkAnswer } from './send.ts';

export type KeyName = 'administrator' | 'reader' | 'customer' | 'none';

interface ProblemBody {
  code?: string;
  detail?: string;
  errors?: { pointer?: string; detail?: string }[];
}

export type Judge = (
  operation: Operation,
  request: WalkRequest,
  key: KeyName,
  answer: WalkAnswer,
) => string[];

const refusals = [401, 403];
const unreadable = [400, 413, 415, 401, 403];

/** Says what is wrong with an answer, one line each; nothing when it is as it has to be. */
export function createJudge(description: RouteDescription): Judge {
  const check = createAnswerCheck(description);
  return (operation, request, key, { status, headers, text }) => {
    const body = bodyOf(headers['content-type'] ?? '', text);
    const faults: string[] = [];
    if (status >= 500) faults.push(`was answered with ${status}: ${text.slice(0, 300)}`);
    // An address that Node or the router refuses belongs to no operation.
    const isRouted = !(request.kind === 'hostile' && [400, 404, 414, 431].includes(status));
    if (status < 500 && isRouted) {
      const answer = { status, headers: new Headers(headers as { [name: string]: string }), body };
      faults.push(
        ...check(operation.method.toLowerCase(), operation.path, answer).map(
          (fault) => `is not as described: ${fault}`,
        ),
      );
    }
    if (status >= 400 && status < 500 && (body as ProblemBody | null)?.code === undefined && isRouted)
      faults.push(`${status} without a problem: ${text.slice(0, 200)}`);
    if (
      key === 'none' &&
      operation.needsKey &&
      status !== 401 &&
      isRouted &&
      request.headers.authorization === undefined
    )
      faults.push(`${status} without a key`);
    if (key !== 'administrator') return faults;
    if (
      (request.kind === 'valid' || request.kind === 'plain') &&
      unreadable.includes(status) &&
      !isOfHeaders(body, request)
    )
      faults.push(`${status} for a request that is as described: ${text.slice(0, 300)}`);
    if (request.kind === 'invalid') faults.push(...judgeRefusal(request, status, body as ProblemBody));
    return faults;
  };
}

/** The description cannot say what an idempotency key that exists was used for, nor which version is the present one. */
function isOfHeaders(body: unknown, { headers }: WalkRequest): boolean {
  const { code } = body as ProblemBody;
  return (
    code === 'idempotency-key-invalid' || (code === 'malformed-request' && headers['if-match'] !== undefined)
  );
}

function judgeRefusal({ wrong }: WalkRequest, status: number, body: ProblemBody): string[] {
  if (wrong === undefined || refusals.includes(status))
    return wrong === undefined ? [] : [`${status} with an administrator’s key`];
  if (!wrong.statuses.includes(status))
    return [`${status} for ${wrong.why}: ${JSON.stringify(body).slice(0, 200)}`];
  const { pointer } = wrong;
  if (status !== 422 || pointer === null) return [];
  // A catalog's faults are named within the catalog.
  const place = body.code === 'catalog-invalid' ? '/body' : '';
  const named = (body.errors ?? []).map((error) => `${place}${error.pointer ?? ''}`);
  const isNamed = named.some(
    (each) => each === pointer || each.startsWith(`${pointer}/`) || isAbove(each, pointer),
  );
  return isNamed
    ? []
    : [`does not name ${pointer} for ${wrong.why}, but ${JSON.stringify(body.errors ?? null).slice(0, 200)}`];
}

/** A field may be named by what holds it, as long as that is not the whole body. */
const isAbove = (named: string, pointer: string) =>
  named.split('/').length > 2 && pointer.startsWith(`${named}/`);

function bodyOf(contentType: string, text: string): unknown {
  if (!contentType.includes('json') || text === '') return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
