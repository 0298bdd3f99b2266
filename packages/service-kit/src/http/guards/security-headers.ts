import type { FastifyInstance } from 'fastify';

/**
 * Headers that keep browsers from guessing, framing and storing. Ours and not a library's: four of them, and the two
 * that vary do so by a rule of ours.
 */
export function setSecurityHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff');
    // Whatever the API answers may be a customer's, or a secret that is shown once.
    if (request.url.startsWith('/v1')) reply.header('cache-control', 'no-store');
    done();
  });
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
