import type { ThrownError } from './messages.ts';
import type { ErrorClass } from './task.ts';

/** An error as data that can be cloned. */
export function describeError(error: unknown): ThrownError {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, fields: {} };
  }
  const { name, message, stack } = error;
  return { name, message, stack, fields: cloneFields(error) };
}

function cloneFields(error: Error): ThrownError['fields'] {
  try {
    return structuredClone({ ...error });
  } catch {
    return {};
  }
}

/** The error again: of the class with its name, where that is one of `classes`. */
export function reviveError({ name, message, stack, fields }: ThrownError, classes: readonly ErrorClass[]) {
  const known = classes.find((each) => each.name === name);
  const error = known === undefined ? new Error(message) : (Object.create(known.prototype) as Error);
  Object.defineProperty(error, 'message', { value: message, writable: true, configurable: true });
  Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true });
  return { error: Object.assign(error, fields, { name }), isExpected: known !== undefined };
}
