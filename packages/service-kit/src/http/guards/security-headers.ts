import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Headers that keep browsers from guessing, framing and storing. Ours and not a library's: four of them, and the two
 * that vary do so by a rule of ours.
 */
export function setSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    answerSafely(request, reply);
    done();
  });
}

/** The same for an answer that is given before any hook runs. */
export function answerSafely(request: FastifyRequest, reply: FastifyReply): void {
  reply.header('x-content-type-options', 'nosniff');
  // What the API answers may belong to a customer, or be a secret that is shown once. The route decides where there is
  // one: an address can spell `/v1` in several ways.
  const address = request.routeOptions?.url ?? request.url;
  if (address.startsWith('/v1')) reply.header('cache-control', 'no-store');
}

/** For a page: loads nothing from elsewhere, runs the scripts of these hashes and of this origin, is in no frame. */
export function contentSecurityPolicy(scriptHashes: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src 'self' ${scriptHashes.map((hash) => `'sha256-${hash}'`).join(' ')}`.trim(),
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
