/**
 * `pnpm bench [PART …]`: every part but `endurance`, which takes an hour, without a name. Every figure stands alongside a
 * baseline of the same run on the same machine. It asserts nothing.
 */
import { readArguments, refuseArguments } from '@ringback/service-kit/command-line';
import { startCluster } from '@ringback/test-kit';
import { measureComputations } from './computations/part.ts';
import { measureDayjs, measureDeadlines, measureTickets } from './deadline-arithmetic.ts';
import { measureEmmettAppends } from './emmett-appends.ts';
import { measureFeed } from './feed/part.ts';
import { measureEndurance } from './hostile/endurance.ts';
import { measureHostileRequests } from './hostile/part.ts';
import { measureInserts } from './intake/baseline-inserts.ts';
import { measureIntake, measureWithoutDatabase } from './intake/intake-load.ts';
import { measureKafka } from './kafka/part.ts';
import { measureLateness } from './lateness.ts';
import { measureAppends } from './log-appends.ts';
import { measureRebuild, measureRebuildFromKafka } from './rebuild/rebuild.ts';
import { type Figure, milliseconds, perSecond, report, times } from './report.ts';

type Cluster = Awaited<ReturnType<typeof startCluster>>;

const write = (text: string) => process.stdout.write(text);
const seconds = Number(process.env.BENCH_SECONDS ?? 10);
const appenders = 64;
const listeners = (process.env.BENCH_LISTENERS ?? '1000,10000').split(',').map(Number);
const enduranceMinutes = Number(process.env.BENCH_MINUTES ?? 60);
const rebuiltEvents = Number(process.env.BENCH_EVENTS ?? 1_000_000);

const parts: { [name: string]: (cluster: Cluster) => Promise<void> } = {
  async intake(cluster) {
    const inserts = await measureInserts(cluster.url(), seconds);
    const bare = await measureWithoutDatabase(64, seconds);
    const figures: Figure[] = [
      { name: inserts.name, value: perSecond(inserts.perSecond) },
      { name: 'the same route without a database, 64 connections', value: perSecond(bare.perSecond) },
    ];
    for (const connections of [64, 256]) {
      const load = await measureIntake(cluster.url(), connections, seconds);
      figures.push({
        name: `POST /v1/tickets, 2xx after commit, ${connections} connections`,
        value: perSecond(load.perSecond),
        ratio: `${times(load.perSecond, inserts.perSecond)} inserts, ${times(load.perSecond, bare.perSecond)} without a database`,
        aim: `p50 ${milliseconds(load.p50)}, p99 ${milliseconds(load.p99)}, ${load.failed} failed; aim 1.2 × and 0.65 ×`,
      });
    }
    report('Durable intake', figures, write);
  },
  async append(cluster) {
    const emmett = await measureEmmettAppends(cluster.url(), appenders, seconds);
    const ours = await measureAppends(cluster.url(), appenders, seconds);
    report(
      `Appends at library level, ${appenders} appenders, one event each`,
      [
        { name: '@event-driven-io/emmett-postgresql', value: perSecond(emmett) },
        { name: 'event log', value: perSecond(ours), ratio: times(ours, emmett), aim: 'aim 10 ×' },
      ],
      write,
    );
  },
  async lateness(cluster) {
    const figures: Figure[] = [];
    for (const [pending, intakePerSecond] of [
      [100_000, 0],
      [1_000_000, 0],
      [1_000_000, 3_000],
    ] as const) {
      const options = { connectionString: cluster.url(), pending, perSecond: 1_000, seconds };
      const { p50, p99, max, fired } = await measureLateness(
        intakePerSecond === 0 ? options : { ...options, openedPerSecond: intakePerSecond },
      );
      figures.push({
        name: `${pending.toLocaleString('en')} pending${intakePerSecond === 0 ? '' : `, ${intakePerSecond} tickets opened a second beside`}`,
        value: `p50 ${milliseconds(p50)}`,
        ratio: `p99 ${milliseconds(p99)}, max ${milliseconds(max)}`,
        aim: `${fired} fired; aim p50 3 ms, p99 10 ms`,
      });
    }
    report('Breach lateness, 1,000 due a second', figures, write);
  },
  feed: (cluster) => measureFeed(cluster.url(), seconds, listeners, write),
  kafka: (cluster) => measureKafka(cluster.url(), seconds, write),
  async arithmetic() {
    const dayjs = measureDayjs(seconds / 2);
    const ours = measureDeadlines(seconds / 2);
    const tickets = measureTickets(seconds / 2);
    report(
      'Deadline arithmetic, one core',
      [
        { name: 'dayjs-business-time', value: perSecond(dayjs) },
        { name: 'deadlines', value: perSecond(ours), ratio: times(ours, dayjs), aim: 'aim 10 M/s, 300 ×' },
        { name: 'whole tickets, ten events', value: perSecond(tickets), aim: 'aim 300 k/s' },
      ],
      write,
    );
  },
  computations: (cluster) => measureComputations(cluster.url(), Math.min(seconds, 5), write),
  hostile: (cluster) => measureHostileRequests(cluster.url(), Math.min(seconds, 5), write),
  endurance: (cluster) => measureEndurance(cluster.url(), enduranceMinutes, write),
  async rebuild(cluster) {
    const { events, tickets, ...rates } = await measureRebuild(cluster.url(), rebuiltEvents);
    report(
      `Read models rebuilt from ${events.toLocaleString('en')} events of ${tickets.toLocaleString('en')} tickets`,
      [
        { name: 'copy log.events to stdout, read by node', value: perSecond(rates.copied) },
        {
          name: 'second set, indexed, caught up and switched',
          value: perSecond(rates.rebuilt),
          ratio: times(rates.rebuilt, rates.copied),
          aim: `peak memory ${rates.megabytes} MB; aim 200 k/s`,
        },
        { name: 'the whole command, with its start', value: perSecond(rates.command) },
      ],
      write,
    );
    const kafka = await measureRebuildFromKafka(cluster.url(), rebuiltEvents);
    report(
      `The same from Kafka, of ${kafka.events.toLocaleString('en')} events`,
      [
        { name: 'kafkajs reads the topic', value: perSecond(kafka.read) },
        {
          name: 'second set, indexed, caught up and switched',
          value: perSecond(kafka.rebuilt),
          ratio: times(kafka.rebuilt, kafka.read),
          aim: `peak memory ${kafka.megabytes} MB; aim 50 k/s`,
        },
      ],
      write,
    );
  },
};

const usage = `pnpm bench [PART …]

Measures what this machine can do, alongside baselines of the same run. Parts: ${Object.keys(parts).join(', ')};
without a name all but endurance, which plays hostile requests for BENCH_MINUTES (60).`;

async function run(wanted: string[]): Promise<void> {
  for (const name of wanted) {
    const cluster = await startCluster({ durable: true });
    try {
      await parts[name]?.(cluster);
    } finally {
      await cluster.destroy();
    }
  }
}

const read = readArguments({ usage, takesNames: true });
const unknown = read?.names.find((name) => !Object.hasOwn(parts, name));
if (unknown !== undefined) refuseArguments(`There is no part "${unknown}".`, usage);
else if (read !== null)
  await run(read.names.length === 0 ? Object.keys(parts).filter((name) => name !== 'endurance') : read.names);
