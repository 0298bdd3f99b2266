import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

export interface Delivery {
  receivedAt: Date;
  verified: boolean;
  event: { type: string; time: string; data: { [key: string]: unknown } };
}

export interface Receiver {
  url: string;
  /** The receiver verifies by this secret from now on. */
  trust(secret: string): void;
  close(): void;
}

/** A webhook receiver on loopback, as a customer's system would be: it verifies, then believes. */
export function startReceiver(onDelivery: (delivery: Delivery) => void): Promise<Receiver> {
  let webhook: Webhook | null = null;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const verified = verify(webhook, body, request.headers as Record<string, string>);
      response.writeHead(verified ? 204 : 401).end();
      onDelivery({ receivedAt: new Date(), verified, event: JSON.parse(body) as Delivery['event'] });
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      resolve({
        url: `http://127.0.0.1:${port}/breaches`,
        trust: (secret) => {
          webhook = new Webhook(secret);
        },
        close: () => server.close(),
      });
    });
  });
}

function verify(webhook: Webhook | null, body: string, headers: Record<string, string>): boolean {
  try {
    webhook?.verify(body, headers);
    return webhook !== null;
  } catch {
    return false;
  }
}
