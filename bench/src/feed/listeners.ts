import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ListenerCommand, ListenerReport } from './listener-process.ts';

export interface Listeners {
  /** Runs `cause` and returns the milliseconds from its start until each listener had an event, sorted. */
  measureReach(cause: () => Promise<void>): Promise<number[]>;
  close(): Promise<void>;
}

const main = fileURLToPath(new URL('./listener-process.ts', import.meta.url));

/** Opens feeds in a process of their own, with the keys in turn. Server and process need a file descriptor for each. */
export async function openListeners(url: string, keys: string[], count: number): Promise<Listeners> {
  const child = fork(main, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const port = Number(new URL(url).port);
  await ask(child, { kind: 'open', port, keys, count });
  return {
    async measureReach(cause) {
      await ask(child, { kind: 'arm' });
      const reached = answerOf(child);
      const began = Number(process.hrtime.bigint()) / 1e6;
      await cause();
      const report = await reached;
      if (report.kind !== 'reached') throw new Error('the listeners did not answer');
      return report.arrivals.map((at) => at - began).toSorted((one, other) => one - other);
    },
    async close() {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function ask(child: ChildProcess, command: ListenerCommand): Promise<ListenerReport> {
  const answer = answerOf(child);
  child.send(command);
  return await answer;
}

function answerOf(child: ChildProcess): Promise<ListenerReport> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (report: ListenerReport) => {
      settle();
      resolve(report);
    };
    const onExit = () => {
      settle();
      reject(new Error('the process of the listeners ended'));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}
