import { createHash } from 'node:crypto';
import scalar from '@scalar/fastify-api-reference';
import type { FastifyInstance } from 'fastify';
import { contentSecurityPolicy } from './guards/security-headers.ts';
import { keepStaticAnswers } from './static-answers.ts';

const inlineScript = /<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g;

/** `/docs`: the API's documentation. It loads nothing from elsewhere and runs under a strict content security policy. */
export async function addDocsPage(app: FastifyInstance): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onSend', async (_request, reply, payload) => {
      if (typeof payload !== 'string' || !String(reply.getHeader('content-type')).startsWith('text/html')) {
        return payload;
      }
      const hashes = [...payload.matchAll(inlineScript)].map(([, script = '']) =>
        createHash('sha256').update(script).digest('base64'),
      );
      reply.headers({
        'content-security-policy': contentSecurityPolicy(hashes),
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
      });
      return payload;
    });
    scope.addHook('onSend', keepStaticAnswers());
    await scope.register(scalar, {
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
  });
}
