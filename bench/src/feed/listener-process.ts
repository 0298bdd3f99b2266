/** Opens many feeds on plain sockets, in a process of its own so that only the server is measured. */
import { connect, type Socket } from 'node:net';

export type ListenerCommand = { kind: 'open'; port: number; keys: string[]; count: number } | { kind: 'arm' };

/** `arrivals`: of each listener, `process.hrtime` in milliseconds. */
export type ListenerReport = { kind: 'opened' } | { kind: 'armed' } | { kind: 'reached'; arrivals: number[] };

const openingAtOnce = 100;
const sockets: Socket[] = [];
let arrivals: Map<Socket, number> | null = null;

const report = (message: ListenerReport) => process.send?.(message);
const now = () => Number(process.hrtime.bigint()) / 1e6;

function open(port: number, key: string): Promise<void> {
  const request = `GET /v1/feed HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer ${key}\r\n\r\n`;
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('a feed ended')));
    let head = '';
    const onHead = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n') || !head.includes('id: ')) return;
      socket.off('data', onHead);
      socket.on('data', (data: Buffer) => receive(socket, data));
      resolve();
    };
    socket.on('data', onHead);
    sockets.push(socket);
  });
}

function receive(socket: Socket, data: Buffer): void {
  if (arrivals === null || arrivals.has(socket) || !data.includes('event: ')) return;
  arrivals.set(socket, now());
  if (arrivals.size < sockets.length) return;
  report({ kind: 'reached', arrivals: [...arrivals.values()] });
  arrivals = null;
}

async function openAll(port: number, keys: string[], count: number): Promise<void> {
  let opened = 0;
  const openNext = async () => {
    while (opened < count) {
      opened += 1;
      await open(port, keys[opened % keys.length] ?? '');
    }
  };
  await Promise.all(Array.from({ length: openingAtOnce }, openNext));
  report({ kind: 'opened' });
}

process.on('message', (command: ListenerCommand) => {
  if (command.kind === 'open') {
    openAll(command.port, command.keys, command.count).catch((error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    });
    return;
  }
  arrivals = new Map();
  report({ kind: 'armed' });
});
process.once('disconnect', () => process.exit(0));
