import { type Refused, refusals } from '@ringback/domain/ticket';
import { Problem } from '@ringback/service-kit';

/** A refused command as a problem: 409 with the state and what it allows, or 422 with the field that could never be right. */
export function refusalProblem({ code, reason, state, allowed }: Refused): Problem {
  const { fault, field } = refusals[code];
  if (fault === 'input') {
    return new Problem('validation-failed', {
      detail: reason,
      errors: [{ pointer: `/body/${field}`, detail: reason }],
      extra: { reason: code },
    });
  }
  return new Problem('state-conflict', {
    detail: reason,
    extra: { reason: code, state, allowed },
    ...(field === null ? {} : { errors: [{ pointer: `/body/${field}`, detail: reason }] }),
  });
}
