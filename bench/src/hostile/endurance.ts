import { freePort } from '@ringback/test-kit';
import { prepareHostileTarget } from '@ringback/test-kit/hostile';
import { ofBench } from '../intake/intake-load.ts';
import { withServer } from '../measured-server.ts';
import { milliseconds } from '../report.ts';
import { openHeap } from './heap.ts';
import { delayBetween, readLoopDelays } from './loop-delay.ts';
import { playHostileRequest, standaloneMain, startHonestLoad } from './part.ts';

const { key } = ofBench;
const secondsEach = 3;
const mebibyte = 1024 * 1024;
/** Rounds at the beginning in which caches fill and code is compiled. */
const warmUpRounds = 2;

interface Sample {
  minute: number;
  heap: number;
  resident: number;
}

/**
 * Plays every hostile request in turn for so many minutes, and measures the heap after a garbage collection at the end
 * of each round. Prints a line for each, and how fast the heap grows over the whole time.
 */
export async function measureEndurance(
  databaseUrl: string,
  minutes: number,
  write: (text: string) => void,
): Promise<void> {
  const port = await freePort();
  const environment = { DATABASE_URL: databaseUrl, BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'fatal' };
  const use = async (url: string) => {
    const heap = await openHeap(port);
    const { requests } = await prepareHostileTarget(url, key);
    const load = startHonestLoad(url);
    const begun = performance.now();
    const samples: Sample[] = [];
    write(`\nHostile requests for ${minutes} minutes, heap after garbage collection\n`);
    while (performance.now() - begun < minutes * 60_000) {
      const before = await readLoopDelays(url);
      let faults = 0;
      for (const request of requests) {
        const statuses = await playHostileRequest(url, request, performance.now() + secondsEach * 1_000);
        for (const [status, count] of statuses) if (status >= 500 && status !== 503) faults += count;
      }
      const delay = delayBetween(before, await readLoopDelays(url));
      const minute = (performance.now() - begun) / 60_000;
      const sample = { minute, ...(await heap.measure()) };
      samples.push(sample);
      write(
        `  ${minute.toFixed(1).padStart(5)} min  heap ${(sample.heap / mebibyte).toFixed(1)} MiB, ` +
          `resident ${(sample.resident / mebibyte).toFixed(0)} MiB, loop p99 ${milliseconds(delay)}, ` +
          `${faults} server errors\n`,
      );
    }
    await load.stop();
    heap.close();
    write(`  ${verdict(samples.slice(warmUpRounds))}\n`);
  };
  await withServer(standaloneMain, environment, use, [`--inspect=127.0.0.1:${port}`]);
}

/** The slopes of two straight lines through the samples (least squares). */
function verdict(samples: Sample[]): string {
  if (samples.length < 3) return 'too short to say whether it is flat';
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const minutes = samples.map(({ minute }) => minute);
  const slope = (values: number[]) => {
    const [atMean, valueMean] = [mean(minutes), mean(values)];
    const covariance = minutes.reduce(
      (sum, at, nth) => sum + (at - atMean) * ((values[nth] ?? 0) - valueMean),
      0,
    );
    return covariance / minutes.reduce((sum, at) => sum + (at - atMean) ** 2, 0);
  };
  const perHour = (values: number[]) => `${((slope(values) * 60) / mebibyte).toFixed(1)} MiB an hour`;
  return `heap grows by ${perHour(samples.map(({ heap }) => heap))}, resident memory by ${perHour(samples.map(({ resident }) => resident))}`;
}
