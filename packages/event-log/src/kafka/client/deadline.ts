/** A call to Kafka did not answer in time; whether it had an effect is unknown. */
class DeadlinePassed extends Error {
  constructor(what: string, milliseconds: number) {
    super(`${what} did not answer within ${milliseconds} ms`);
    this.name = 'DeadlinePassed';
  }
}

/**
 * What `work` gives, at most `milliseconds` later. The client's own retries may take hours, and some of its calls
 * never settle, so that each call has this around it. Rejects with `DeadlinePassed`, or at once with the reason of
 * `signal`; the work itself goes on unheard.
 */
export function withDeadline<T>(
  work: Promise<T>,
  milliseconds: number,
  what: string,
  signal?: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (how: () => void) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      how();
    };
    const abort = () => settle(() => reject(signal?.reason));
    const timer = setTimeout(
      () => settle(() => reject(new DeadlinePassed(what, milliseconds))),
      milliseconds,
    );
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
    work.then(
      (result) => settle(() => resolve(result)),
      (error) => settle(() => reject(error)),
    );
  });
}
