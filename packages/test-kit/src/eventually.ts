/**
 * Waits until `check` neither throws nor returns false, asking every few milliseconds. Rejects after `timeout`
 * milliseconds with what the last check threw: a test waits for a condition, never for a time.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeout = 15_000, interval = 10 }: { timeout?: number; interval?: number } = {},
): Promise<T> {
  const until = performance.now() + timeout;
  for (;;) {
    let fault: unknown;
    try {
      const result = await check();
      if (result !== false) return result;
      fault = new Error('the condition did not become true');
    } catch (error) {
      fault = error;
    }
    if (performance.now() > until) throw fault;
    await new Promise((resolve) => setTimeout(resolve, interval));
  }
}
