import { randomUUID } from 'node:crypto';
import type { RequestListener, Server } from 'node:http';
import fastifySwagger from '@fastify/swagger';
import { describeEvents } from '@ringback/api/events';
import { type ProblemCode, problems } from '@ringback/api/problems';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RouteOptions,
} from 'fastify';
import { jsonSchemaTransformObject, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { logRequest } from '../observability/logger.ts';
import { maskSecrets } from '../observability/mask-secrets.ts';
import { observeHttp } from '../observability/metrics.ts';
import type { Configuration } from '../process/configuration.ts';
import { runChecks } from '../process/readiness.ts';
import type { ReadinessCheck } from '../service.ts';
import { type Authenticator, type Identity, requireScope } from './authentication.ts';
import { requireIdempotencyKey } from './conditional.ts';
import { describeHeaders } from './describe-headers.ts';
import { describeRoute } from './describe-route.ts';
import { addDocsPage } from './docs-page.ts';
import { createAllowedMethods } from './guards/allowed-methods.ts';
import { createRateLimits } from './guards/rate-limits.ts';
import {
  parseJsonBodies,
  refuseUnknownQueries,
  requirePlainAddress,
  requireUtf8,
} from './guards/request-guards.ts';
import { answerSafely, setSecurityHeaders } from './guards/security-headers.ts';
import { leaveTextBodies } from './guards/text-bodies.ts';
import { handleError, sendProblem } from './problems/error-handler.ts';
import { Problem } from './problems/problem.ts';
import { keepStaticAnswers } from './static-answers.ts';
import { tidyDescription } from './tidy-description.ts';

export type ServerState = 'starting' | 'ready' | 'draining';

export interface ServerOptions {
  name: string;
  version: string;
  configuration: Configuration;
  logger: Logger;
  metrics: Registry;
  /** Signs the cursors of lists. */
  cursorKey: Buffer;
  state(): ServerState;
  authenticator(): Authenticator | null;
  checks(): ReadinessCheck[];
  /** Sent with every position of the log. */
  logName(): string;
  /** Listens already; what Fastify would answer with is given to `onHandler`. */
  server: Server;
  onHandler(handler: RequestListener): void;
}

const bodyLimit = 1024 * 1024;
const requestId = /^[A-Za-z0-9._:-]{1,128}$/;
/** What answers in every state, and what needs no key. */
const operations = ['/health/live', '/health/ready', '/metrics'];

const anonymous: Identity = { keyId: '', scopes: new Set(), customerId: null, perMinute: null };

/** The HTTP server that hosts services: problems, keys, request ids, health, metrics, and the description of it all. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { configuration, logger, metrics } = options;
  const app = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    bodyLimit,
    trustProxy: configuration.trustProxy,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      // An id is logged and answered: what looks like a secret is not taken for one.
      return typeof given === 'string' && requestId.test(given) && maskSecrets(given) === given
        ? given
        : randomUUID();
    },
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    // What never came to a route: an address that cannot be read, or with an id longer than any.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      answerSafely(request, reply);
      handleError(error, request, reply);
      if (logger.isLevelEnabled('info')) logRequest(request, reply, () => {});
    },
    serverFactory: (handler) => {
      options.onHandler(handler as RequestListener);
      return options.server;
    },
  });
  // Such as a connection that could not be accepted for want of file descriptors; unheard, it would end the process.
  options.server.on('error', (error) => logger.error({ err: error }, 'the HTTP server met a fault'));
  parseJsonBodies(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(handleError);
  const allowed = createAllowedMethods();
  app.addHook('onRoute', allowed.add);
  app.setNotFoundHandler((request, reply) => {
    const methods = allowed.of(request.url.split('?')[0] ?? '');
    const problem =
      methods.length === 0
        ? new Problem('not-found')
        : new Problem('method-not-allowed', { headers: { allow: methods.join(', ') } });
    sendProblem(problem, request, reply);
  });
  app.decorateRequest('identity', null as unknown as Identity);
  app.decorate('logName', options.logName);
  app.decorate('cursorKey', options.cursorKey);
  setSecurityHeaders(app);
  addGate(app, options);
  observeHttp(app, metrics);
  if (logger.isLevelEnabled('info')) app.addHook('onResponse', logRequest);
  app.addHook('onRoute', requireDeclaredScope);
  app.addHook('onRoute', refuseUnknownQueries);
  app.addHook('onRequest', requireUtf8);
  app.addHook('onRequest', requireIdempotencyKey);
  app.addHook('onRoute', leaveTextBodies);
  app.addHook('preValidation', requirePlainAddress);
  await app.register(fastifySwagger, {
    openapi: describe(options),
    transform: describeRoute,
    transformObject: (document) => describeHeaders(tidyDescription(jsonSchemaTransformObject(document))),
    hideUntagged: true,
  });
  addOperations(app, options);
  await addDocsPage(app);
  return app;
}

/**
 * Rejects with 503 while starting or draining, then authorises and counts. Callback style because it runs on every
 * request.
 */
function addGate(app: FastifyInstance, { state, authenticator }: ServerOptions): void {
  const limits = createRateLimits();
  app.decorate('rateLimits', limits);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    const scope = request.routeOptions.config.scope;
    if (scope === undefined) return done();
    const present = state();
    if (present !== 'ready' && !operations.includes(request.routeOptions.url ?? '')) {
      return done(
        new Problem('unavailable', {
          detail: present === 'starting' ? 'The service is starting.' : 'The service is shutting down.',
          headers: { 'retry-after': '2' },
        }),
      );
    }
    if (scope === 'public') {
      request.identity = anonymous;
      return done();
    }
    const keys = authenticator();
    if (keys === null) return done(new Problem('unavailable', { headers: { 'retry-after': '2' } }));
    const admit = (identity: Identity) => {
      try {
        request.identity = identity;
        limits.count(identity.keyId, identity.perMinute, reply);
        requireScope(identity, scope);
        done();
      } catch (problem) {
        done(problem as Error);
      }
    };
    const known = keys.known(request);
    if (known !== undefined) return admit(known);
    keys.identify(request).then(admit, (error: Error) => {
      const isRefusal = error instanceof Problem && error.code === 'unauthenticated';
      done(isRefusal ? limits.refuse(request.ip, error) : error);
    });
  });
}

function requireDeclaredScope(route: RouteOptions): void {
  if (route.config?.scope !== undefined || !route.url.startsWith('/v1')) return;
  throw new Error(`${String(route.method)} ${route.url} does not declare a scope in its config`);
}

function addOperations(app: FastifyInstance, options: ServerOptions): void {
  const { configuration, version, metrics, checks, state, name } = options;
  const open = { config: { scope: 'public' as const }, schema: { hide: true } };
  app.get('/health/live', open, () => ({ status: 'live', service: name }));
  app.get('/health/ready', open, async (_request, reply) => {
    const results = await runChecks(checks());
    const ready = state() === 'ready' && results.every(({ ok }) => ok);
    reply.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : state() === 'ready' ? 'not ready' : state(), checks: results };
  });
  app.get('/metrics', open, async (_request, reply) => {
    reply.header('content-type', metrics.contentType);
    return reply.serializer((body) => String(body)).send(await metrics.metrics());
  });
  const isStatic = { schema: { hide: true }, onSend: keepStaticAnswers() };
  app.get('/openapi.json', isStatic, () => app.swagger());
  const events = describeEvents({ version, url: addressOf(configuration) });
  app.get('/asyncapi.json', isStatic, () => events);
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.redirect('/docs'));
  app.get<{ Params: { code: string } }>('/problems/:code', { schema: { hide: true } }, ({ params }) => {
    const problem = problems[params.code as ProblemCode] as (typeof problems)[ProblemCode] | undefined;
    if (problem === undefined || !Object.hasOwn(problems, params.code)) throw new Problem('not-found');
    return { code: params.code, ...problem };
  });
}

const addressOf = ({ publicUrl, host, port }: Configuration): string =>
  publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

function describe({ configuration, version }: ServerOptions) {
  return {
    openapi: '3.1.0' as const,
    info: {
      title: 'Ringback',
      version,
      license: { name: 'Apache License 2.0', identifier: 'Apache-2.0' },
      description:
        'Tickets of a company that supports telephone systems: calls, e-mails, portal requests and alarms become ' +
        'tickets, a contract’s promises become clocks, and a promise that breaks is heard.\n\n' +
        'Instants are ISO 8601 in UTC with milliseconds, durations ISO 8601. Errors are `application/problem+json` ' +
        '(RFC 9457). Every POST that stores something honours `Idempotency-Key`; commands on a ticket honour `If-Match`.\n\n' +
        'The events that leave Ringback, on Kafka, in the feed and as webhooks, are in [/asyncapi.json](/asyncapi.json).',
    },
    // Where the document itself was read: a process may listen on any port, behind any address.
    servers: [{ url: configuration.publicUrl ?? '/' }],
    components: {
      securitySchemes: { key: { type: 'http' as const, scheme: 'bearer', description: 'An API key' } },
    },
    security: [{ key: [] }],
  };
}
