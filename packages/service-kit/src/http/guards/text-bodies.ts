import type { RouteOptions } from 'fastify';
import { validatorCompiler } from 'fastify-type-provider-zod';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `text`: the handler gets a JSON body unparsed, for a task that reads it; the schema only describes it. */
    body?: 'text';
  }
}

/** For `onRoute`: leaves the body of such a route to the task that reads it. */
export function leaveTextBodies(route: RouteOptions): void {
  if (route.config?.body !== 'text') return;
  route.validatorCompiler = (part) =>
    part.httpPart === 'body' ? (value) => ({ value }) : validatorCompiler(part as never);
}
