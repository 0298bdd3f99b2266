import { Webhook } from 'standardwebhooks';
import { type Agent, request } from 'undici';
import { checkTarget } from './outbound-guard.ts';
import { delivered, failed, type Outcome } from './outcome.ts';

export interface WebhookMessage {
  /** Stays the same over all tries: receivers tell repeats by it. */
  id: string;
  url: string;
  /** `whsec_…`. */
  secret: string;
  body: string;
}

const answerMilliseconds = 15_000;

/**
 * Posts a message signed by Standard Webhooks. Any 2xx is a success; a redirect is a failure and is not followed; 410
 * says that the receiver wants no more. Never rejects.
 */
export async function sendWebhook(
  message: WebhookMessage,
  agent: Agent,
  allowPrivate: boolean,
): Promise<Outcome> {
  const { id, url, secret, body } = message;
  try {
    checkTarget(url, allowPrivate);
    const timestamp = new Date();
    const response = await request(url, {
      method: 'POST',
      dispatcher: agent,
      body,
      headers: {
        'content-type': 'application/cloudevents+json; charset=utf-8',
        'user-agent': 'Ringback/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(timestamp.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign(id, timestamp, body),
      },
      headersTimeout: answerMilliseconds,
      bodyTimeout: answerMilliseconds,
      signal: AbortSignal.timeout(answerMilliseconds),
    });
    // Only the status matters: the body is thrown away, and a large one is cut off.
    await response.body.dump({ limit: 65_536 });
    return judge(response.statusCode, response.headers['retry-after']);
  } catch (error) {
    const cause =
      error instanceof Error ? ((error.cause as Error | undefined) ?? error) : new Error(String(error));
    return failed(cause.message.slice(0, 300));
  }
}

function judge(status: number, retryAfter: string | string[] | undefined): Outcome {
  if (status >= 200 && status < 300) return delivered(status);
  if (status === 410)
    return { kind: 'gone', status, detail: 'the receiver wants no more (410)', retryAfter: null };
  return failed(`the receiver answered ${status}`, status, readRetryAfter(String(retryAfter ?? '')));
}

/** Seconds, or an HTTP date (RFC 9110, 10.2.3). */
function readRetryAfter(text: string): number | null {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, (date - Date.now()) / 1_000);
}
