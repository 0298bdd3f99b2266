import { fileURLToPath } from 'node:url';
import { simulation } from '@ringback/test-kit/hostile';
import autocannon from 'autocannon';
import { ofBench } from '../intake/intake-load.ts';
import { withServer } from '../measured-server.ts';
import { type Figure, milliseconds, perSecond, report } from '../report.ts';

const main = fileURLToPath(new URL('../../../services/standalone/src/main.ts', import.meta.url));
const { key } = ofBench;

/** What a small computation costs its own caller, compared with a request that computes nothing. */
export async function measureComputations(
  databaseUrl: string,
  seconds: number,
  write: (text: string) => void,
): Promise<void> {
  const environment = { DATABASE_URL: databaseUrl, BOOTSTRAP_API_KEY: key, LOG_LEVEL: 'fatal' };
  await withServer(main, environment, async (url) => {
    report('Small computations, 2xx', await measureSmall(url, seconds), write);
  });
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
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
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
