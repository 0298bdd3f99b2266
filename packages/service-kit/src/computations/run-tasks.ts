/** The main module of a computation thread: runs the functions of task modules, one after the other. */
import { parentPort } from 'node:worker_threads';
import type { TaskMessage, TaskReply } from './messages.ts';
import type { TaskFunction } from './task.ts';
import { describeError } from './thrown-error.ts';

const kept = new Map<string, unknown>();

async function answer({ module, name, input, keep, drop, shared }: TaskMessage): Promise<TaskReply> {
  try {
    for (const key of drop) kept.delete(key);
    for (const { key, value } of keep) kept.set(key, value);
    const loaded = (await import(module)) as { [exported: string]: TaskFunction };
    if (name === null) return { output: null };
    const run = loaded[name];
    if (run === undefined) throw new Error(`${module} does not export "${name}"`);
    return { output: await run(input, shared === null ? undefined : kept.get(shared)) };
  } catch (error) {
    return { error: describeError(error) };
  }
}

parentPort?.on('message', async (message: TaskMessage) => {
  const reply = await answer(message);
  try {
    parentPort?.postMessage(reply);
  } catch (error) {
    parentPort?.postMessage({ error: describeError(error) } satisfies TaskReply);
  }
});
