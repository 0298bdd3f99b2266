import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import autocannon from 'autocannon';
import { withServer } from '../measured-server.ts';
import { type Figure, milliseconds, perSecond, report } from '../report.ts';
import { busyCatalog, type HeavyRequest, heavyRequests, key, simulation } from './heavy-requests.ts';

const main = fileURLToPath(new URL('../../../services/standalone/src/main.ts', import.meta.url));
const pauseMilliseconds = 5;

/** What heavy requests cost the others, and small computations their own caller. */
export async function measureComputations(
  databaseUrl: string,
  seconds: number,
  write: (text: string) => void,
): Promise<void> {
  const environment = { DATABASE_URL: databaseUrl, BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'fatal' };
  await withServer(main, environment, async (url) => {
    const requests = heavyRequests(await prepare(url));
    report('Small computations, 2xx', await measureSmall(url, seconds), write);
    const probe = new Worker(new URL('./live-probe.ts', import.meta.url), {
      workerData: { url, pauseMilliseconds },
    });
    const figures = [await measureLive(probe, url, null, seconds)];
    for (const request of requests) figures.push(await measureLive(probe, url, request, seconds));
    await probe.terminate();
    report('GET /health/live while it is asked for, p99', figures, write);
  });
}

/** What the requests need. Answers a ticket that a clock runs for. */
async function prepare(url: string): Promise<string> {
  await ask(url, 'PUT', '/v1/customers/bench', JSON.stringify({ name: 'Bench' }));
  await ask(url, 'PUT', '/v1/contracts/bench', '{"customerId":"bench","plan":"cat-levels/cat-1"}');
  const levels = (await (await ask(url, 'GET', '/v1/catalogs/cat-levels')).json()) as {
    content: { calendars: object };
  };
  const busy = await ask(url, 'PUT', '/v1/catalogs/busy', busyCatalog(levels.content));
  if (!busy.ok) throw new Error(`the catalog to be listed was answered with ${busy.status}`);
  const opened = await ask(url, 'POST', '/v1/tickets', '{"customerId":"bench","subject":"No dial tone"}');
  return ((await opened.json()) as { id: string }).id;
}

async function measureSmall(url: string, duration: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  const calculation = {
    calendar: { timeZone: 'Europe/London', hours: { mon: [['09:00', '17:00']] } },
    add: { start: '2026-03-02T16:00:00.000Z', duration: 'PT2H' },
  };
  for (const connections of [1, 8]) {
    for (const [name, method, path, body] of [
      ['GET /v1/catalogs, the same way without a computation', 'GET', '/v1/catalogs', undefined],
      ['POST /v1/calendar-calculations', 'POST', '/v1/calendar-calculations', JSON.stringify(calculation)],
      ['POST /v1/simulations, 5 events', 'POST', '/v1/simulations', simulation(5)],
      ['POST /v1/simulations, 300 events', 'POST', '/v1/simulations', simulation(300)],
    ] as const) {
      const { requests, latency, non2xx, errors } = await autocannon({
        url: `${url}${path}`,
        method,
        headers: headersOf(),
        connections,
        duration,
        ...(body === undefined ? {} : { body }),
      });
      figures.push({
        name: `${name}, ${connections} at a time`,
        value: perSecond(requests.average),
        ratio: `mean ${milliseconds(latency.average)}, p99 ${milliseconds(latency.p99)}`,
        aim: `${non2xx + errors} failed`,
      });
    }
  }
  return figures;
}

/** The probe's answers while a request is repeated; null: nothing else is asked for. */
async function measureLive(
  probe: Worker,
  url: string,
  heavy: HeavyRequest | null,
  seconds: number,
): Promise<Figure> {
  const statuses = new Map<number, number>();
  const until = performance.now() + seconds * 1_000;
  const repeat = async ({ method, path, body, contentType }: HeavyRequest) => {
    while (performance.now() < until) {
      const answer = await ask(url, method, path, body, contentType);
      await answer.arrayBuffer();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
  };
  await (await fetch(`${url}/metrics`)).arrayBuffer();
  await durationsOf(probe);
  if (heavy === null) await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  else await Promise.all(Array.from({ length: heavy.concurrent }, () => repeat(heavy)));
  const durations = (await durationsOf(probe)).sort((one, other) => one - other);
  // The process resets it each time that it is asked for.
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const lag = Number(/^nodejs_eventloop_lag_p99_seconds (\S+)$/m.exec(metrics)?.[1] ?? Number.NaN);
  const at = (fraction: number) => durations[Math.floor(fraction * (durations.length - 1))] ?? Number.NaN;
  const answered = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ');
  return {
    name: heavy?.name ?? 'nothing',
    value: milliseconds(at(0.99)),
    ratio: `p50 ${milliseconds(at(0.5))}, max ${milliseconds(at(1))}, loop p99 ${milliseconds(lag * 1_000)}`,
    aim: `${answered === '' ? '' : `${answered}; `}aim 50 ms`,
  };
}

async function durationsOf(probe: Worker): Promise<number[]> {
  return await new Promise((resolve) => {
    probe.once('message', resolve);
    probe.postMessage(null);
  });
}

const headersOf = (contentType = 'application/json') => ({
  authorization: `Bearer ${key}`,
  'content-type': contentType,
});

async function ask(
  url: string,
  method: string,
  path: string,
  body?: string,
  contentType?: string,
): Promise<Response> {
  const headers = body === undefined ? { authorization: `Bearer ${key}` } : headersOf(contentType);
  return await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
}
