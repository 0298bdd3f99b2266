import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { query } from '@ringback/query';
import { runMigrations } from '@ringback/service-kit';
import { startBroker } from '@ringback/test-kit/kafka';
import type pg from 'pg';
import { to } from 'pg-copy-streams';
import { createTopicPrefix } from '../kafka/database.ts';
import { measureReading } from '../kafka/kafkajs/kafkajs-alone.ts';
import { publishLog } from '../kafka/publish.ts';
import { withOwnDatabase } from '../own-database.ts';
import { fillLog } from './rebuild-log.ts';

export interface RebuildRates {
  events: number;
  tickets: number;
  /** Events a second: of a plain copy, of the rebuild, and of the command from its start to its end. */
  copied: number;
  rebuilt: number;
  command: number;
  /** At its highest; of all threads. */
  megabytes: number;
}

const script = fileURLToPath(new URL('../../../scripts/rebuild-read-models.ts', import.meta.url));

/** How fast `pnpm rebuild-read-models` is on a log of about so many events, in a database of its own. */
export async function measureRebuild(connectionString: string, wanted: number): Promise<RebuildRates> {
  return await withLog(connectionString, wanted, async ({ pool, url, events, tickets }) => {
    await copyOut(pool);
    const copySeconds = await copyOut(pool);
    const { seconds, switchedAfter, megabytes } = await runScript(url, []);
    return {
      events,
      tickets,
      copied: events / copySeconds,
      rebuilt: events / switchedAfter,
      command: events / seconds,
      megabytes,
    };
  });
}

export interface KafkaRebuildRates {
  events: number;
  /** Events a second: of kafkajs that reads the topic and does nothing, and of the rebuild. */
  read: number;
  rebuilt: number;
  /** At its highest; of all threads. */
  megabytes: number;
}

/** The same with the topic as the source, on a broker that is started for it and filled by the relay. */
export async function measureRebuildFromKafka(
  connectionString: string,
  wanted: number,
): Promise<KafkaRebuildRates> {
  const broker = await startBroker();
  try {
    const { brokers } = broker;
    return await withLog(connectionString, wanted, async ({ pool, url, events, head }) => {
      const topicPrefix = createTopicPrefix();
      await publishLog(pool, brokers, topicPrefix, head);
      const { throughput } = await measureReading(brokers, `${topicPrefix}ticket-events`, events, 0);
      const kafka = { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: topicPrefix };
      const { switchedAfter, megabytes } = await runScript(url, ['--from', 'kafka'], kafka);
      return { events, read: throughput.perSecond, rebuilt: events / switchedAfter, megabytes };
    });
  } finally {
    await broker.stop();
  }
}

interface Log {
  pool: pg.Pool;
  url: string;
  events: number;
  tickets: number;
  /** The position of the last event. */
  head: number;
}

async function withLog<T>(
  connectionString: string,
  wanted: number,
  measure: (log: Log) => Promise<T>,
): Promise<T> {
  return await withOwnDatabase(connectionString, 'rebuild', async ({ pool, url }) => {
    await runMigrations(pool, [query]);
    const { events, tickets } = await fillLog(pool, wanted);
    const { rows } = await pool.query<{ position: string }>('select position from log.head');
    return await measure({ pool, url, events, tickets, head: Number(rows[0]?.position) });
  });
}

async function copyOut(pool: pg.Pool): Promise<number> {
  const client = await pool.connect();
  const began = performance.now();
  let bytes = 0;
  for await (const chunk of client.query(to('copy log.events to stdout')) as AsyncIterable<Buffer>)
    bytes += chunk.length;
  client.release();
  if (bytes === 0) throw new Error('the log is empty');
  return (performance.now() - began) / 1_000;
}

async function runScript(
  databaseUrl: string,
  options: string[],
  more: { [name: string]: string } = {},
): Promise<{ seconds: number; switchedAfter: number; megabytes: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [script, ...options], {
    env: { ...process.env, DATABASE_URL: databaseUrl, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  let megabytes = 0;
  const poll = setInterval(() => {
    megabytes = Math.max(megabytes, peakMegabytes(child.pid));
  }, 50);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(poll);
  const seconds = (performance.now() - began) / 1_000;
  const switchedAfter = Number(output.match(/switched after ([\d.]+) s/)?.[1]);
  if (code !== 0 || Number.isNaN(switchedAfter)) throw new Error(`the rebuild failed:\n${output}`);
  return { seconds, switchedAfter, megabytes };
}

/** 0 where the system does not tell it so. */
function peakMegabytes(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(status.match(/VmHWM:\s+(\d+)/)?.[1] ?? 0) / 1_024);
  } catch {
    return 0;
  }
}
