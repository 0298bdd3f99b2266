import { randomUUID } from 'node:crypto';
import type { RequestListener, Server } from 'node:http';
import fastifySwagger from '@fastify/swagger';
import scalar from '@scalar/fastify-api-reference';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
  type RouteOptions,
} from 'fastify';
import { jsonSchemaTransformObject, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { describeEvents } from './asyncapi/describe-events.ts';
import { type Authenticator, type Identity, requireScope } from './authentication.ts';
import type { Configuration } from './configuration.ts';
import { describeRoute } from './describe-route.ts';
import { handleError, sendProblem } from './error-handler.ts';
import { logRequest } from './logger.ts';
import { observeHttp } from './metrics.ts';
import { Problem, type ProblemCode, problems } from './problems.ts';
import {
  parseJsonBodies,
  refuseUnknownQueries,
  requirePlainAddress,
  requireReadableIdempotencyKey,
} from './request-guards.ts';
import type { ReadinessCheck } from './service.ts';

export type ServerState = 'starting' | 'ready' | 'draining';

export interface ServerOptions {
  name: string;
  version: string;
  configuration: Configuration;
  logger: Logger;
  metrics: Registry;
  state(): ServerState;
  authenticator(): Authenticator | null;
  checks(): ReadinessCheck[];
  /** Listens already; what Fastify would answer with is given to `onHandler`. */
  server: Server;
  onHandler(handler: RequestListener): void;
}

const bodyLimit = 1024 * 1024;
const requestId = /^[A-Za-z0-9._:-]{1,128}$/;
/** What answers in every state, and what needs no key. */
const operations = ['/health/live', '/health/ready', '/metrics'];

const nobody: Identity = { keyId: '', scopes: new Set(), customerId: null };

/** The HTTP server that hosts services: problems, keys, request ids, health, metrics, and the description of it all. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { configuration, logger, metrics } = options;
  const app = Fastify({
    loggerInstance: logger as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    trustProxy: configuration.trustProxy,
    genReqId: ({ headers }) => {
      const given = headers['x-request-id'];
      return typeof given === 'string' && requestId.test(given) ? given : randomUUID();
    },
    routerOptions: { maxParamLength: 500, ignoreTrailingSlash: true },
    // What never came to a route: an address that cannot be read, or with an id longer than any.
    frameworkErrors: (error, request, reply) => {
      reply.header('x-request-id', request.id);
      handleError(error, request, reply);
    },
    serverFactory: (handler) => {
      options.onHandler(handler as RequestListener);
      return options.server;
    },
  });
  parseJsonBodies(app);
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => JSON.stringify);
  app.setErrorHandler(handleError);
  app.setNotFoundHandler((request, reply) => {
    sendProblem(new Problem('not-found'), request, reply);
  });
  app.decorateRequest('identity', null as unknown as Identity);
  addGate(app, options);
  observeHttp(app, metrics);
  if (logger.isLevelEnabled('debug')) app.addHook('onResponse', logRequest);
  app.addHook('onRoute', requireDeclaredScope);
  app.addHook('onRoute', refuseUnknownQueries);
  app.addHook('preValidation', requirePlainAddress);
  app.addHook('preValidation', requireReadableIdempotencyKey);
  await app.register(fastifySwagger, {
    openapi: describe(options),
    transform: describeRoute,
    transformObject: jsonSchemaTransformObject,
    hideUntagged: true,
  });
  addOperations(app, options);
  await app.register(scalar, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'Ringback API',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
    } as never,
  });
  return app;
}

/** Answers 503 while starting and draining, and lets in only who may. Kept without promises: every request passes. */
function addGate(app: FastifyInstance, { state, authenticator }: ServerOptions): void {
  app.decorate('isStillAdmitted', async (request: FastifyRequest) => {
    const scope = request.routeOptions.config.scope;
    const keys = authenticator();
    if (scope === undefined || scope === 'public' || keys === null) return true;
    try {
      requireScope(keys.known(request) ?? (await keys.identify(request)), scope);
      return true;
    } catch (problem) {
      if (problem instanceof Problem) return false;
      throw problem;
    }
  });
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
      request.identity = nobody;
      return done();
    }
    const keys = authenticator();
    if (keys === null) return done(new Problem('unavailable', { headers: { 'retry-after': '2' } }));
    const admit = (identity: Identity) => {
      try {
        requireScope(identity, scope);
        request.identity = identity;
        done();
      } catch (problem) {
        done(problem as Error);
      }
    };
    const known = keys.known(request);
    if (known !== undefined) return admit(known);
    keys.identify(request).then(admit, done);
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
    const results = await Promise.all(
      checks().map(async ({ name: check, check: run }) => {
        const result = await run().catch((error: Error) => ({ ok: false, detail: error.message }));
        return { name: check, ...result };
      }),
    );
    const ready = state() === 'ready' && results.every(({ ok }) => ok);
    reply.status(ready ? 200 : 503);
    return { status: ready ? 'ready' : state() === 'ready' ? 'not ready' : state(), checks: results };
  });
  app.get('/metrics', open, async (_request, reply) => {
    reply.header('content-type', metrics.contentType);
    return reply.serializer((body) => String(body)).send(await metrics.metrics());
  });
  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());
  const events = describeEvents({ version, url: addressOf(configuration) });
  app.get('/asyncapi.json', { schema: { hide: true } }, () => events);
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
      description:
        'Tickets of a company that supports telephone systems: calls, e-mails, portal requests and alarms become ' +
        'tickets, a contract’s promises become clocks, and a promise that breaks is heard.\n\n' +
        'Instants are ISO 8601 in UTC with milliseconds, durations ISO 8601. Errors are `application/problem+json` ' +
        '(RFC 9457). Every POST honours `Idempotency-Key`; commands on a ticket honour `If-Match`.\n\n' +
        'The events that leave Ringback, on Kafka, in the feed and as webhooks, are in [/asyncapi.json](/asyncapi.json).',
    },
    servers: [{ url: addressOf(configuration) }],
    components: {
      securitySchemes: { key: { type: 'http' as const, scheme: 'bearer', description: 'An API key' } },
    },
    security: [{ key: [] }],
  };
}
