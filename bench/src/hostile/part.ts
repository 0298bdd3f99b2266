import { fileURLToPath } from 'node:url';
import { type HostileRequest, prepareHostileTarget, sendHostileRequest } from '@ringback/test-kit/hostile';
import { ofBench } from '../intake/intake-load.ts';
import { withServer } from '../measured-server.ts';
import { type Figure, milliseconds, report } from '../report.ts';
import { delayBetween, readLoopDelays } from './loop-delay.ts';
import { type Probe, quantile, startProbe } from './measured-probe.ts';

export const standaloneMain = fileURLToPath(
  new URL('../../../services/standalone/src/main.ts', import.meta.url),
);
const { key } = ofBench;
const pauseMilliseconds = { live: 5, intake: 20 };
const aimMilliseconds = 50;

/** The two requests that go on whatever else is asked: is it alive, and does it take tickets in? */
export interface HonestLoad {
  live: Probe;
  intake: Probe;
  stop(): Promise<void>;
}

export function startHonestLoad(url: string): HonestLoad {
  const live = startProbe(`${url}/health/live`, {}, pauseMilliseconds.live);
  const ticket = {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(ofBench.ticket),
  };
  const intake = startProbe(`${url}/v1/tickets`, ticket, pauseMilliseconds.intake);
  return {
    live,
    intake,
    stop: async () => {
      await Promise.all([live.stop(), intake.stop()]);
    },
  };
}

/** Plays each hostile request for some seconds to a server that takes tickets in, and shows what the others notice. */
export async function measureHostileRequests(
  databaseUrl: string,
  seconds: number,
  write: (text: string) => void,
): Promise<void> {
  const environment = { DATABASE_URL: databaseUrl, BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'fatal' };
  await withServer(standaloneMain, environment, async (url) => {
    const { requests } = await prepareHostileTarget(url, key);
    const load = startHonestLoad(url);
    const figures = [await measure(url, load, null, seconds)];
    for (const request of requests) figures.push(await measure(url, load, request, seconds));
    await load.stop();
    report(`Hostile requests, one process; aim: event loop p99 ${aimMilliseconds} ms`, figures, write);
  });
}

/** Repeats a request until `until` (of `performance.now()`); counts the statuses. */
export async function playHostileRequest(
  url: string,
  request: HostileRequest,
  until: number,
): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  let nth = 0;
  const repeat = async () => {
    do {
      nth += 1;
      const status = await sendHostileRequest(request, nth, { url, key });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    } while (performance.now() < until);
  };
  await Promise.all(Array.from({ length: request.concurrent }, repeat));
  return statuses;
}

async function measure(
  url: string,
  { live, intake }: HonestLoad,
  request: HostileRequest | null,
  seconds: number,
): Promise<Figure> {
  const before = await readLoopDelays(url);
  await Promise.all([live.read(), intake.read()]);
  const until = performance.now() + seconds * 1_000;
  const statuses =
    request === null ? new Map<number, number>() : await playHostileRequest(url, request, until);
  if (request === null) await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const [alive, opened] = await Promise.all([live.read(), intake.read()]);
  const delay = delayBetween(before, await readLoopDelays(url));
  const answered = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  return {
    name: request?.name ?? 'nothing but tickets',
    value: `loop p99 ${milliseconds(delay)}${delay <= aimMilliseconds ? '' : ' !'}`,
    ratio:
      `live p99 ${milliseconds(quantile(alive.durations, 0.99))}, ` +
      `tickets p99 ${milliseconds(quantile(opened.durations, 0.99))}, ${opened.failed + alive.failed} failed`,
    aim: answered,
  };
}
