import type { FastifyReply, FastifyRequest } from 'fastify';
import { Problem } from './problems/problem.ts';

/** For a route's `onRequest`: refuses a customer's key, before the body is read, with the problem `forbidden`. */
export function requireStaff(
  { identity }: FastifyRequest,
  _reply: FastifyReply,
  done: (error?: Error) => void,
): void {
  if (identity.customerId === null) return done();
  done(new Problem('forbidden', { detail: 'A customer’s own key cannot be used here.' }));
}
