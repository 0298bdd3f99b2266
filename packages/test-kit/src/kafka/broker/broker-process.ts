import { spawnGuarded } from '@ringback/local-servers';
import { KafkaError, PortTaken } from '../errors.ts';
import { readyLine } from './server-properties.ts';

/** One run of the broker's program. */
export interface BrokerProcess {
  /** Resolves when it serves. Rejects with a KafkaError when it ends before, or takes longer than a minute. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  signal(name: 'TERM' | 'KILL'): void;
  /** The last lines that it wrote. */
  log(): string;
}

const keptLines = 200;
const shownLines = 12;
const readyWithin = 60_000;

export function launchBroker(command: string[], environment: NodeJS.ProcessEnv): BrokerProcess {
  const lines: string[] = [];
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  const process = spawnGuarded(command, {
    environment,
    onLine: (line) => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      if (readyLine.test(line)) resolve();
    },
  });
  const timer = setTimeout(() => {
    reject(new KafkaError(`the Kafka broker does not serve after a minute:\n${reasons(lines)}`));
    process.signal('KILL');
  }, readyWithin);
  const ended = process.ended.then(() => reject(earlyEnd(lines)));
  ready.then(
    () => clearTimeout(timer),
    () => clearTimeout(timer),
  );
  return { ready, ended, signal: process.signal, log: () => lines.join('\n') };
}

function earlyEnd(lines: string[]): KafkaError {
  const [, port] = /failed to bind to \S+:(\d+)/.exec(lines.join('\n')) ?? [];
  if (port !== undefined) return new PortTaken(Number(port));
  return new KafkaError(`the Kafka broker ended instead of serving:\n${reasons(lines)}`);
}

/** What it calls errors, else what it wrote last. */
function reasons(lines: string[]): string {
  const errors = lines.filter((line) => / (ERROR|FATAL) |Exception: /.test(line));
  return (errors.length > 0 ? [...new Set(errors)] : lines).slice(-shownLines).join('\n');
}
