import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Delays, delaysOf, now, type Sample } from './instants.ts';

/** What the measured process is asked, and answers. */
export type Question = { kind: 'report'; events: number };
export type Answer = { kind: 'first' } | { kind: 'samples'; samples: Sample[] };

export interface Load {
  /** Events a second. */
  perSecond: number;
  seconds: number;
  /** Hands one over; it carries the instant, epoch milliseconds. */
  send(sentAt: number): void;
}

const warmUpSeconds = 3;
const tickMilliseconds = 2;
const startMilliseconds = 60_000;

/** Sends to a consumer in a process of its own, at a steady rate, and asks it how long each event took. */
export async function measureDelays(
  consumer: 'log-consumer.ts' | 'kafkajs/topic-consumer.ts',
  settings: object,
  { perSecond, seconds, send }: Load,
): Promise<Delays> {
  const child = fork(fileURLToPath(new URL(consumer, import.meta.url)), [JSON.stringify(settings)], {
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
    execArgv: process.env.BENCH_CONSUMER_OPTIONS?.split(' ') ?? [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  try {
    let sent = 0;
    const sendOne = () => {
      send(now());
      sent += 1;
    };
    const first = nextAnswer(child, exited);
    const knocking = setInterval(sendOne, 100);
    await first.finally(() => clearInterval(knocking));
    await steadily(perSecond, warmUpSeconds, sendOne);
    const from = now();
    await steadily(perSecond, seconds, sendOne);
    const answer = nextAnswer(child, exited);
    child.send({ kind: 'report', events: sent } satisfies Question);
    const reported = await answer;
    return delaysOf(reported.kind === 'samples' ? reported.samples : [], from);
  } finally {
    child.disconnect();
    await exited;
  }
}

async function nextAnswer(child: ReturnType<typeof fork>, exited: Promise<unknown>): Promise<Answer> {
  const late = AbortSignal.timeout(startMilliseconds);
  const ended = exited.then(() => {
    throw new Error('the consuming process has ended by itself');
  });
  const [answer] = await Promise.race([once(child, 'message', { signal: late }), ended]);
  return answer as Answer;
}

async function steadily(perSecond: number, seconds: number, sendOne: () => void): Promise<void> {
  const began = performance.now();
  const total = perSecond * seconds;
  let sent = 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1_000) * perSecond));
    for (; sent < due; sent += 1) sendOne();
    await new Promise((resolve) => setTimeout(resolve, tickMilliseconds));
  }
}
