import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type IntakeLoad, loadTickets, ofBench, send } from '../intake/intake-load.ts';
import { withServer } from '../measured-server.ts';
import { withOwnDatabase } from '../own-database.ts';
import { type Figure, milliseconds, perSecond, report, times } from '../report.ts';
import { openListeners } from './listeners.ts';

const standaloneMain = fileURLToPath(new URL('../../../services/standalone/src/main.ts', import.meta.url));
const connections = 64;
/** As many as an ordinary key may open. */
const listenersPerKey = 1_000;
const idleRounds = 3;
const reachRounds = 5;

interface Measured {
  load: IntakeLoad;
  /** Memory of the server for each listener. */
  kilobytes: number;
}

/** What idle listeners cost intake in the same process, and how soon one change reaches all matching listeners. */
export async function measureFeed(
  connectionString: string,
  seconds: number,
  counts: number[],
  write: (text: string) => void,
): Promise<void> {
  const figures: Figure[] = [];
  const all = [0, ...counts];
  // In turns, so that a machine that is busy for a while does not favour one of them.
  const rounds: Measured[][] = [];
  for (let round = 0; round < idleRounds; round += 1) {
    const measured: Measured[] = [];
    for (const count of all) measured.push(await measureIdle(connectionString, count, seconds));
    rounds.push(measured);
  }
  const alone = medianOf(rounds.map(([first]) => first as Measured)).load;
  for (const [index, count] of all.entries()) {
    const { load, kilobytes } = medianOf(rounds.map((measured) => measured[index] as Measured));
    figures.push({
      name: `POST /v1/tickets, ${connections} connections, ${count.toLocaleString('en')} idle listeners`,
      value: perSecond(load.perSecond),
      ratio: count === 0 ? '' : times(load.perSecond, alone.perSecond),
      aim: `p50 ${milliseconds(load.p50)}, p99 ${milliseconds(load.p99)}, ${load.failed} failed${count === 0 ? '' : `; ${kilobytes.toFixed(0)} kB a listener; aim 1 ×`}`,
    });
  }
  for (const count of counts) {
    const arrivals = await measureReach(connectionString, count);
    const at = (share: number) => arrivals[Math.ceil(arrivals.length * share) - 1] ?? 0;
    figures.push({
      name: `one change reaches ${count.toLocaleString('en')} listeners`,
      value: `p50 ${milliseconds(at(0.5))}`,
      ratio: `p99 ${milliseconds(at(0.99))}`,
      aim: `max ${milliseconds(at(1))}; aim 1,000 ms`,
    });
  }
  report('The feed, all services in one process', figures, write);
}

/** By throughput. */
function medianOf(measured: Measured[]): Measured {
  const sorted = measured.toSorted((one, other) => one.load.perSecond - other.load.perSecond);
  return sorted[Math.floor(sorted.length / 2)] as Measured;
}

async function measureIdle(connectionString: string, count: number, seconds: number): Promise<Measured> {
  return await withStandalone(connectionString, async (url, pid) => {
    const keys = await makeKeys(url, Math.ceil(count / listenersPerKey));
    const before = residentKilobytes(pid);
    const listeners = count === 0 ? null : await openListeners(url, keys, count);
    const kilobytes = (residentKilobytes(pid) - before) / Math.max(1, count);
    const load = await loadTickets(url, connections, seconds);
    await listeners?.close();
    return { load, kilobytes };
  });
}

/** Milliseconds from the request to the arrival, of every listener in every round, in order. */
async function measureReach(connectionString: string, count: number): Promise<number[]> {
  return await withStandalone(connectionString, async (url) => {
    const listeners = await openListeners(url, [ofBench.key], count);
    const arrivals: number[] = [];
    for (let round = 0; round < reachRounds; round += 1) {
      const some = await listeners.measureReach(async () => {
        await send('POST', `${url}/v1/tickets`, ofBench.ticket);
      });
      arrivals.push(...some);
    }
    await listeners.close();
    return arrivals.toSorted((one, other) => one - other);
  });
}

async function withStandalone<T>(
  connectionString: string,
  use: (url: string, pid: number) => Promise<T>,
): Promise<T> {
  return await withOwnDatabase(connectionString, 'feed', async ({ url: database }) => {
    const environment = { DATABASE_URL: database, BOOTSTRAP_API_KEY: ofBench.key, LOG_LEVEL: 'error' };
    return await withServer(standaloneMain, environment, async (url, pid) => {
      await send('PUT', `${url}/v1/customers/bench`, { name: 'Bench' });
      await send('PUT', `${url}/v1/contracts/bench`, { customerId: 'bench', plan: 'cat-levels/cat-2' });
      return await use(url, pid);
    });
  });
}

/** Keys of another customer: their listeners get none of the bench's tickets. */
async function makeKeys(url: string, count: number): Promise<string[]> {
  await send('PUT', `${url}/v1/customers/other`, { name: 'Other' });
  const keys: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const rights = { scopes: ['tickets:read'], customerId: 'other' };
    const made = await send('POST', `${url}/v1/api-keys`, { name: `Listener ${index}`, ...rights });
    keys.push((made as { key: string }).key);
  }
  return keys;
}

/** 0 on systems without `/proc`. */
function residentKilobytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(status.match(/VmRSS:\s+(\d+)/)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
