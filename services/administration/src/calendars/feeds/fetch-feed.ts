import { checkTarget } from '@ringback/service-kit';
import { type Agent, request } from 'undici';

export interface FetchOptions {
  agent: Agent;
  allowPrivate: boolean;
  signal: AbortSignal;
}

const mostBytes = 2_000_000;
const timeoutMilliseconds = 15_000;

/** The text at a URL. Follows no redirect. Rejects with what to tell an administrator. */
export async function fetchFeed(url: string, { agent, allowPrivate, signal }: FetchOptions): Promise<string> {
  checkTarget(url, allowPrivate);
  const timeout = AbortSignal.any([signal, AbortSignal.timeout(timeoutMilliseconds)]);
  const { statusCode, body } = await request(url, {
    dispatcher: agent,
    headers: { accept: 'text/calendar', 'user-agent': 'Ringback/1' },
    signal: timeout,
  });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`the feed answered ${statusCode}`);
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) throw new Error(`the feed is larger than ${mostBytes / 1_000_000} MB`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
