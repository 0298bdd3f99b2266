import { createServer, type RequestListener, type Server } from 'node:http';
import { presentableAddress } from '../observability/mask-secrets.ts';
import { Problem, problemBody } from './problems/problem.ts';

/** A listening server whose requests are answered with 503 until the real handler is there. */
export interface FrontServer {
  server: Server;
  /** Rejects with what to do when the port cannot be taken. Answers the address. */
  listen(host: string, port: number): Promise<string>;
  /** From now on this handler answers. */
  handOver(handler: RequestListener): void;
  /** Takes no more connections, lets those in hand finish, and cuts what does not. */
  close(): Promise<void>;
}

const finishMilliseconds = 5_000;
const sweepMilliseconds = 20;

/**
 * Listens before anything else is there: a load balancer sees "starting", not a refused connection, while the
 * database is away or migrates.
 */
export function createFrontServer(): FrontServer {
  let handler: RequestListener = answerStarting;
  const server = createServer((request, response) => {
    // Of an answer that is written after its reader has gone; unheard, it would end the process.
    response.on('error', () => {});
    handler(request, response);
  });
  server.keepAliveTimeout = 72_000;
  return {
    server,
    handOver: (next) => {
      handler = next;
    },
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
        server.listen({ host, port }, () => {
          const address = server.address();
          const taken = typeof address === 'object' && address !== null ? address.port : port;
          resolve(`http://${host.includes(':') ? `[${host}]` : host}:${taken}`);
        });
      }),
    close: () =>
      new Promise((resolve) => {
        if (!server.listening) return resolve();
        const cut = setTimeout(() => server.closeAllConnections(), finishMilliseconds);
        // A connection becomes idle when its answer is complete; kept alive, it would hold the server open.
        const sweep = setInterval(() => server.closeIdleConnections(), sweepMilliseconds);
        server.close(() => {
          clearTimeout(cut);
          clearInterval(sweep);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

const answerStarting: RequestListener = (request, response) => {
  const path = request.url?.split('?')[0] ?? '/';
  if (path === '/health/live') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ status: 'live' }));
    return;
  }
  const problem = new Problem('unavailable', { detail: 'The service is starting.' });
  const body =
    path === '/health/ready'
      ? { status: 'starting', checks: [] }
      : problemBody(problem, presentableAddress(path, undefined));
  response
    .writeHead(503, {
      'content-type': 'application/problem+json; charset=utf-8',
      'retry-after': '2',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    .end(JSON.stringify(body));
};

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    return new Error(`Port ${port} on ${host} is taken. Stop what listens there, or set PORT to another.`);
  }
  if (error.code === 'EACCES') {
    return new Error(`Port ${port} may not be opened by this user. Set PORT to 1024 or above.`);
  }
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') {
    return new Error(`${host} is not an address of this machine. Set HOST to one that is.`);
  }
  return error;
}
