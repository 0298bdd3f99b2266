/** A thread that asks for `/health/live` again and again, and answers how long each answer took when it is told to. */
import { parentPort, workerData } from 'node:worker_threads';

const { url, pauseMilliseconds } = workerData as { url: string; pauseMilliseconds: number };
let durations: number[] = [];

parentPort?.on('message', () => {
  parentPort?.postMessage(durations);
  durations = [];
});

for (;;) {
  const begun = performance.now();
  const response = await fetch(`${url}/health/live`);
  await response.arrayBuffer();
  durations.push(performance.now() - begun);
  await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
}
