import type { Logger } from './port.ts';

/**
 * Calls a listener from an emitter, a timer or between two steps of ours, where what it throws would end the process or
 * pass for a failure of the caller: it is logged instead, and harms no one else.
 */
export function callListener<A extends unknown[]>(
  listener: (...args: A) => void,
  logger: Logger,
  ...args: A
): void {
  try {
    listener(...args);
  } catch (error) {
    logger.error({ err: error }, 'a listener failed');
  }
}
