/**
 * A thread that repeats one request at a steady pace, and answers a message with how long each answer took, in
 * milliseconds, since the message before.
 */
import { parentPort, workerData } from 'node:worker_threads';

const { url, init, pauseMilliseconds } = workerData as {
  url: string;
  init: RequestInit;
  pauseMilliseconds: number;
};
let durations: number[] = [];
let failed = 0;

parentPort?.on('message', () => {
  parentPort?.postMessage({ durations, failed });
  durations = [];
  failed = 0;
});

for (;;) {
  const begun = performance.now();
  const response = await fetch(url, init);
  await response.arrayBuffer();
  durations.push(performance.now() - begun);
  if (!response.ok) failed += 1;
  await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
}
