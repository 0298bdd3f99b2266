import {
  CommandReused,
  isStorageFault,
  isTransientFault,
  TextInvalid,
  VersionConflict,
} from '@ringback/event-log';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import {
  hasZodFastifySchemaValidationErrors,
  type ZodFastifySchemaValidationError,
} from 'fastify-type-provider-zod';
import { presentableAddress } from '../../observability/mask-secrets.ts';
import { schemaProblem } from './field-errors.ts';
import { fieldProblem, Problem, problemBody } from './problem.ts';

/** Turns whatever was thrown into a problem; what is our own fault is logged and not told. */
export function handleError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error);
  if (problem.status >= 500 && !(error instanceof Problem)) {
    request.log.error({ err: error }, 'a request failed');
  }
  sendProblem(problem, request, reply);
}

export function sendProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const instance = presentableAddress(request.url, request.routeOptions?.url);
  reply
    .status(problem.status)
    .headers(problem.options.headers ?? {})
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problemBody(problem, instance));
}

/** Rejections that are the client's keep their meaning; anything unknown is an internal error. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error);
  if (error instanceof CommandReused) return new Problem('idempotency-key-reused');
  if (error instanceof VersionConflict) return new Problem('conflict', { extra: { version: error.actual } });
  if (error instanceof TextInvalid) {
    return fieldProblem(`/body${error.path}`, error.message);
  }
  if (isTransientFault(error)) return unavailable(error);
  return fastifyProblem(error as FastifyError);
}

/** What the database cannot do just now, and will do when the same is asked again. */
function unavailable(error: unknown): Problem {
  const isFull = isStorageFault(error) || isStorageFault((error as Error).cause);
  return new Problem('unavailable', {
    detail: isFull
      ? 'The database cannot store anything just now.'
      : 'The database cannot be reached just now.',
    headers: { 'retry-after': '2' },
  });
}

const placeNames: { [context: string]: string } = {
  body: '/body',
  querystring: '/query',
  params: '/params',
  headers: '/headers',
};

function validationProblem(error: FastifyError & { validation: ZodFastifySchemaValidationError[] }): Problem {
  const place = placeNames[error.validationContext ?? 'body'] ?? '/body';
  return schemaProblem(
    place,
    error.validation.map(({ instancePath, message, params }) => {
      const { keys } = params as { keys?: unknown };
      return { path: instancePath.replace(/\/$/, ''), message, keys: Array.isArray(keys) ? keys : null };
    }),
  );
}

function fastifyProblem(error: FastifyError): Problem {
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('payload-too-large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported-media-type');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Problem('not-found');
    case 'FST_ERR_BAD_URL':
      return new Problem('malformed-request', {
        detail: 'The address is not percent-encoded as it should be.',
      });
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('malformed-request', { detail: error.message });
    default:
  }
  if (error.statusCode === 413) return new Problem('payload-too-large');
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new Problem('malformed-request', { detail: error.message });
  }
  return new Problem('internal-error');
}
