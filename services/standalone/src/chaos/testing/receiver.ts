import { createServer } from 'node:http';

/** A receiver of webhooks that remembers what it was told. */
export interface Receiver {
  url: string;
  /** Event → the ids under which it was delivered. */
  delivered: Map<string, Set<string>>;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const delivered = new Map<string, Set<string>>();
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const { id } = JSON.parse(body) as { id: string };
      const under = delivered.get(id) ?? new Set();
      delivered.set(id, under.add(String(request.headers['webhook-id'])));
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}/hook`,
    delivered,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
