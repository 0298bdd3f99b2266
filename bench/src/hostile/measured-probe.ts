import { Worker } from 'node:worker_threads';

interface ProbeResult {
  /** Milliseconds, ascending. */
  durations: number[];
  /** Answers that were not 2xx. */
  failed: number;
}

export interface Probe {
  /** What came since the last reading. */
  read(): Promise<ProbeResult>;
  stop(): Promise<void>;
}

/** Repeats a request in a thread of its own, so that what this process does meanwhile does not delay it. */
export function startProbe(url: string, init: RequestInit, pauseMilliseconds: number): Probe {
  const worker = new Worker(new URL('./probe.ts', import.meta.url), {
    workerData: { url, init, pauseMilliseconds },
  });
  let fail: (error: Error) => void = () => {};
  worker.on('error', (error) => fail(error as Error));
  return {
    async read() {
      const { durations, failed } = await new Promise<ProbeResult>((resolve, reject) => {
        fail = reject;
        worker.once('message', resolve);
        worker.postMessage(null);
      });
      return { durations: durations.sort((one, other) => one - other), failed };
    },
    async stop() {
      await worker.terminate();
    },
  };
}

/** Of ascending figures; NaN where there are none. */
export const quantile = (ascending: number[], fraction: number): number =>
  ascending[Math.floor(fraction * (ascending.length - 1))] ?? Number.NaN;
