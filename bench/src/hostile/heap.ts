interface Answer {
  id: number;
  result?: { [name: string]: unknown };
  error?: { message: string };
}

export interface Heap {
  /** Bytes after a garbage collection: of the JavaScript heap, and resident in memory. */
  measure(): Promise<{ heap: number; resident: number }>;
  close(): void;
}

/** Connects to the inspector of a process on this port of 127.0.0.1 (Chrome DevTools Protocol). */
export async function openHeap(port: number): Promise<Heap> {
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  if (target === undefined) throw new Error('the process has no inspector');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve(), { once: true });
    socket.addEventListener('error', () => reject(new Error('the inspector does not answer')), {
      once: true,
    });
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  let last = 0;
  const call = async (method: string, params: object = {}) => {
    last += 1;
    const id = last;
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      socket.send(JSON.stringify({ id, method, params }));
    });
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result ?? {};
  };
  return {
    async measure() {
      await call('HeapProfiler.collectGarbage');
      const { usedSize } = await call('Runtime.getHeapUsage');
      const expression = 'process.memoryUsage.rss()';
      const { result } = await call('Runtime.evaluate', { expression, returnByValue: true });
      return { heap: Number(usedSize), resident: Number((result as { value: number }).value) };
    },
    close: () => socket.close(),
  };
}
